/** What a synthesis is: the same everywhere, without an account, and whole. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { ENVIRONMENT_NAMES } from '../../lib/config';
import { ASSEMBLIES, TEMPLATES } from '../support/assemblies';

const manifest = (environment: string) => readFileSync(`${ASSEMBLIES}/${environment}/manifest.json`, 'utf8');

it.each(ENVIRONMENT_NAMES)('asks no account while it synthesises %s', (name) => {
  expect(JSON.parse(manifest(name)).missing ?? []).toEqual([]);
});

it('gives the same bytes with credentials, in another folder, at another time', () => {
  const again = `${ASSEMBLIES}-again`;
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  execFileSync(process.execPath, ['dist/app.js'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      CDK_VALIDATION: 'false',
      CDK_OUTDIR: again,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, env: 'prod', 'aws:cdk:enable-path-metadata': true }),
      CDK_DEFAULT_ACCOUNT: '222222222222',
      CDK_DEFAULT_REGION: 'ap-south-1',
      AWS_ACCESS_KEY_ID: 'none',
    },
  });
  const names = TEMPLATES.filter(({ environment }) => environment === 'prod').length;
  const files = Object.keys(JSON.parse(manifest('prod')).artifacts).map((id) => `${id}.template.json`);
  const same = files.filter((file) => {
    try {
      return readFileSync(`${ASSEMBLIES}/prod/${file}`, 'utf8') === readFileSync(`${again}/${file}`, 'utf8');
    } catch {
      return false; // an artifact without a template
    }
  });
  rmSync(again, { recursive: true, force: true });
  expect(same).toHaveLength(names);
});

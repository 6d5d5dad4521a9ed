/** Plain `npx cdk`, as our scripts call it: what it does with no credentials, and in an account where nothing is deployed. The build hook is left out, since it would replace `dist/` under other tests; `.ci/run` has it on. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { environment } from '../../lib/config';
import { ASSEMBLIES } from '../support/assemblies';

const { AWS_PROFILE, AWS_REGION, AWS_DEFAULT_REGION, ...inherited } = process.env;
/** Neither a profile nor a metadata service to take credentials from. */
const NOBODY = {
  ...inherited,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  HTTPS_PROXY: 'http://127.0.0.1:9', // whoever asks the network fails at once
};

interface Ended {
  readonly code: number;
  readonly output: string;
}

const cdk = (args: readonly string[], env: NodeJS.ProcessEnv = NOBODY): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['node_modules/aws-cdk/bin/cdk', ...args, '--build', 'true'], // also an assembly that is there is built anew else
      { env, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });

const manifest = (folder: string): Readonly<Record<string, { readonly type: string; readonly displayName: string }>> =>
  JSON.parse(readFileSync(`${folder}/manifest.json`, 'utf8')).artifacts;
const stacks = (folder: string) =>
  Object.values(manifest(folder)).filter(({ type }) => type === 'aws:cloudformation:stack');

/** Without metadata: the CLI asks for notes on assets, the test's set-up doesn't. */
const resources = (template: string) =>
  Object.entries<{ Metadata: unknown }>(JSON.parse(readFileSync(template, 'utf8')).Resources).map(
    ([id, { Metadata, ...deployed }]) => [id, deployed],
  );

/** Answers as an account without any stack. */
const emptyAccount = (): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer(async (request, response) => {
      const asked = new URLSearchParams(await text(request));
      const who = asked.get('Action') === 'GetCallerIdentity';
      response.statusCode = who ? 200 : 400;
      response.setHeader('content-type', 'text/xml');
      response.end(
        who
          ? '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111111111111:user/test</Arn><UserId>test</UserId><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>'
          : `<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id ${asked.get('StackName')} does not exist</Message></Error></ErrorResponse>`,
      );
    }).listen(0, '127.0.0.1', () => resolve(server));
  });

it('builds before it synthesises, by the hook of cdk.json', () => {
  const { app, build } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  expect(build).toBe('npm run --silent build');
  expect(app).toContain('dist/app.js');
});

it('prints every opt-out of a secure default with its reason', async () => {
  const { output } = await cdk(['synth', '-c', 'env=dev', '--quiet', '--output', '.holdfast/cdk-cli-dev']);
  for (const reason of Object.values(environment('dev').optOuts ?? {})) expect(output).toContain(reason);
  expect(output).toContain('opt-out: dev has no');
}, 30_000);

it('synthesises prod with neither credentials nor network, the same templates as anywhere', async () => {
  const output = '.holdfast/cdk-cli';
  const ended = await cdk(['synth', '-c', 'env=prod', '--quiet', '--output', output]);
  expect(ended).toMatchObject({ code: 0 });
  const names = Object.keys(manifest(output)).filter((name) => existsSync(`${output}/${name}.template.json`));
  expect(names).toHaveLength(stacks(`${ASSEMBLIES}/prod`).length);
  for (const name of names)
    expect(resources(`${output}/${name}.template.json`)).toEqual(resources(`${ASSEMBLIES}/prod/${name}.template.json`));
}, 30_000);

it.each(['dev', 'prod'])(
  'lists every stack of %s',
  async (environment) => {
    const { code, output } = await cdk(['ls', '--app', `${ASSEMBLIES}/${environment}`]);
    expect(code).toBe(0);
    const names = stacks(`${ASSEMBLIES}/${environment}`).map(({ displayName }) => displayName);
    expect(output.match(/^Holdfast\/\w+/gm)?.sort()).toEqual(names.map((name) => name.replace(/ .*/, '')).sort());
  },
  30_000,
);

describe('where nothing is deployed', () => {
  let account: Server;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    account = await emptyAccount();
    const endpoint = `http://127.0.0.1:${(account.address() as AddressInfo).port}`;
    const { HTTPS_PROXY, ...rest } = NOBODY;
    env = { ...rest, AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  });
  afterAll(() => account.close());

  it('diff compares as many stacks as synth makes', async () => {
    const folder = `${ASSEMBLIES}/prod`;
    const { code, output } = await cdk(['diff', '--app', folder, '--method', 'template', '--fail'], env);
    expect(output).toContain(`Number of stacks with differences: ${stacks(folder).length}`);
    expect(code).toBe(1);
  }, 120_000);
});

/** Jest's global set-up: builds once and synthesises every environment once, and that of options.ts, for all test files; with HOLDFAST_SYNTHESISE only the environment it names, over what an earlier set-up left. Not for tests of single constructs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { buildSync } from 'esbuild';
import { ENVIRONMENT_NAMES } from '../../lib/config';
import { ASSEMBLIES, OPTIONS_NAME } from './assemblies';
import temporary from './temporary';

const OPTIONS_APP = '.holdfast/options-app.js';

const only = process.env.HOLDFAST_SYNTHESISE;

async function run(script: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  const given = { ...process.env, ...env };
  const child = spawn(process.execPath, script, { stdio: ['ignore', 'ignore', 'inherit'], env: given });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script.join(' ')}: expected exit code 0, got ${code}`);
}

export default async function synthesise(): Promise<void> {
  temporary();
  process.env.CDK_VALIDATION = 'false'; // costs seconds a synthesis, in every test's process too; .ci/validate has it on
  await run(only ? ['bin/build.mjs', 'commands'] : ['bin/build.mjs']);
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  // the two variables by which the CDK CLI speaks to an application
  const synth = (app: string, env: string) =>
    run([app], {
      CDK_OUTDIR: `${ASSEMBLIES}/${env}`,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, env, 'aws:cdk:enable-path-metadata': true }),
    });
  if (only) {
    await synth('dist/app.js', only);
    return;
  }
  const built = { bundle: true, platform: 'node', packages: 'external' } as const;
  buildSync({ ...built, entryPoints: ['test/support/options-app.ts'], outfile: OPTIONS_APP });
  await Promise.all([...ENVIRONMENT_NAMES.map((env) => synth('dist/app.js', env)), synth(OPTIONS_APP, OPTIONS_NAME)]);
}

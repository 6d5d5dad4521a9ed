/** Jest's global set-up: builds once and synthesises every environment once, for all test files; with HOLDFAST_SYNTHESISE only the environment it names, over what an earlier set-up left. Not for tests of single constructs. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ENVIRONMENT_NAMES } from '../../lib/config';
import { ASSEMBLIES } from './assemblies';
import temporary from './temporary';

const only = process.env.HOLDFAST_SYNTHESISE;

const run = (script: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  execFileSync(process.execPath, script, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } });

export default function synthesise(): void {
  temporary();
  process.env.CDK_VALIDATION = 'false'; // costs seconds a synthesis, in every test's process too; .ci/validate has it on
  run(only ? ['bin/build.mjs', 'commands'] : ['bin/build.mjs']);
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  for (const env of only ? [only] : ENVIRONMENT_NAMES) {
    // the two variables by which the CDK CLI speaks to an application
    run(['dist/app.js'], {
      CDK_OUTDIR: `${ASSEMBLIES}/${env}`,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, env, 'aws:cdk:enable-path-metadata': true }),
    });
  }
}

/** The CDK application: `cdk synth|diff|deploy -c env=NAME`. Which resources there are is the wiring's. */
import { App } from 'aws-cdk-lib';
import { DEFAULT_ENVIRONMENT, environment } from '../lib/config';
import { ConfigError } from '../lib/config/check';
import { optOutLines } from '../lib/config/opt-outs';
import { builtArchives } from '../lib/stacks/archives';
import { WebApp } from '../lib/web-app';

process.env.CDK_VALIDATION ??= 'false'; // costs seconds each time; `npm run validate` has it on, for every environment at once

try {
  const app = new App();
  const config = environment(app.node.tryGetContext('env') ?? DEFAULT_ENVIRONMENT);
  for (const line of optOutLines(config)) console.error(`opt-out: ${line}`);
  new WebApp(app, 'Holdfast', { config, archives: builtArchives() });
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

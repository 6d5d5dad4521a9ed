/** The CDK application once for each mode that an environment's second region may have, in a folder of each: what `npm run cost` compares. Nobody deploys it. */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { run } from '../lib/commands/run';
import { environment } from '../lib/config';
import { checked } from '../lib/config/check';
import { inMode, modesOf } from '../lib/config/modes';
import { builtArchives } from '../lib/stacks/archives';
import { WebApp } from '../lib/web-app';

process.env.CDK_VALIDATION ??= 'false'; // as in app.ts

run(async () => {
  const { CDK_OUTDIR = 'cdk.out', CDK_CONTEXT_JSON = '{}' } = process.env;
  const context = JSON.parse(CDK_CONTEXT_JSON);
  const own = environment(context.env);
  for (const mode of modesOf(own)) {
    const config = checked(inMode(own, mode), `lib/config/${own.name}.ts with recovery.mode '${mode}'`);
    const app = new App({ outdir: join(CDK_OUTDIR, mode) });
    new WebApp(app, 'Holdfast', { config, archives: builtArchives() });
    app.synth();
  }
  return 0;
});

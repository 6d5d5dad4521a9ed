/** `npm run validate`: synthesises every environment with cdk-nag's AwsSolutions rules; a finding without a written reason fails. Checks no deployed resource. */
import { readFileSync } from 'node:fs';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ENVIRONMENT_NAMES, environment } from '../lib/config';
import { builtArchives } from '../lib/stacks/archives';
import { WebApp } from '../lib/web-app';

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));

for (const name of ENVIRONMENT_NAMES) {
  const app = new App({ context, outdir: `.holdfast/validated/${name}`, analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  new WebApp(app, 'Holdfast', { config: environment(name), archives: builtArchives() });
  app.synth();
}

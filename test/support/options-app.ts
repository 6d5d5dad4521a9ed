/** The CDK application of that one environment that only tests know, as bin/app.ts is of the others. Run by the global set-up. */
import { App } from 'aws-cdk-lib';
import { builtArchives } from '../../lib/stacks/archives';
import { WebApp } from '../../lib/web-app';
import { OPTIONS } from './options';

const app = new App();
new WebApp(app, 'Holdfast', { config: OPTIONS, archives: builtArchives() });
app.synth();

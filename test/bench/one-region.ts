/** The CDK application of production without its second region's servers and database: what `npm run bench:synth` compares with. */
import { App } from 'aws-cdk-lib';
import { checked } from '../../lib/config/check';
import { inMode } from '../../lib/config/modes';
import { prod } from '../../lib/config/prod';
import { builtArchives } from '../../lib/stacks/archives';
import { WebApp } from '../../lib/web-app';

const config = checked(inMode(prod, 'backup'), 'lib/config/prod.ts');
const app = new App();
new WebApp(app, 'Holdfast', { config, archives: builtArchives() });
app.synth();

/** `npm run upgrade -- --env NAME`: see lib/commands/upgrade. */
import { run } from '../lib/commands/run';
import { upgrade } from '../lib/commands/upgrade';
import { environment } from '../lib/config';

run(() => upgrade(process.argv.slice(2), environment));

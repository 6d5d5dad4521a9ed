/** `npm run scaling -- --env NAME`: see lib/commands/scaling. */
import { run } from '../lib/commands/run';
import { scaling } from '../lib/commands/scaling';

run(() => scaling(process.argv.slice(2)));

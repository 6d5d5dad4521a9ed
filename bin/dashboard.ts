/** `npm run dashboard -- --env NAME`: see lib/commands/dashboard. */
import { dashboard } from '../lib/commands/dashboard';
import { run } from '../lib/commands/run';

run(() => dashboard(process.argv.slice(2)));

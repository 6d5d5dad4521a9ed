/** `npm run maintenance -- on|off --env NAME`: see lib/commands/maintenance. */
import { maintenance } from '../lib/commands/maintenance';
import { run } from '../lib/commands/run';
import { environment } from '../lib/config';

run(() => maintenance(process.argv.slice(2), environment));

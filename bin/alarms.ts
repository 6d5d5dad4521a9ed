/** `npm run alarms -- --env NAME`: see lib/commands/alarms. */
import { alarms } from '../lib/commands/alarms';
import { run } from '../lib/commands/run';

run(() => alarms(process.argv.slice(2)));

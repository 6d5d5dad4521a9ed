/** `npm run alert -- test --env NAME`: see lib/commands/alert. */
import { alert } from '../lib/commands/alert';
import { run } from '../lib/commands/run';

run(() => alert(process.argv.slice(2)));

/** `npm run whatif -- --env NAME LOSS`: see lib/commands/whatif. */
import { run } from '../lib/commands/run';
import { whatif } from '../lib/commands/whatif';

run(() => whatif(process.argv.slice(2)));

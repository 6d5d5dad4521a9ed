/** `npm run cost -- --env NAME`: see lib/commands/cost. */
import { cost } from '../lib/commands/cost';
import { run } from '../lib/commands/run';

run(() => cost(process.argv.slice(2)));

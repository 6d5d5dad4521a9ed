/** `npm run release -- --env NAME`: see lib/commands/release. */
import { release } from '../lib/commands/release';
import { run } from '../lib/commands/run';
import { environment } from '../lib/config';

run(() => release(process.argv.slice(2), environment));

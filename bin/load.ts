/** `npm run load -- --url URL`: see lib/commands/load. */
import { load } from '../lib/commands/load';
import { run } from '../lib/commands/run';

run(() => load(process.argv.slice(2)));

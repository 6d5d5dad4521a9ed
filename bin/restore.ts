/** `npm run restore -- --env NAME`: see lib/commands/restore. */
import { restore } from '../lib/commands/restore';
import { run } from '../lib/commands/run';
import { environment } from '../lib/config';

run(() => restore(process.argv.slice(2), environment));

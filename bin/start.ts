/** `npm start`: the whole system on this machine; see lib/rehearsal/start.ts. */
import { run } from '../lib/commands/run';
import { startLocal } from '../lib/rehearsal/start';

run(() => startLocal(process.argv.slice(2)));

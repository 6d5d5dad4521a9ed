/** `npm run prometheus -- --env NAME`: see lib/commands/prometheus.ts. */
import { prometheus } from '../lib/commands/prometheus';
import { run } from '../lib/commands/run';

run(() => prometheus(process.argv.slice(2)));

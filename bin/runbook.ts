/** `npm run runbook -- NAME --env NAME`: see lib/commands/runbook.ts. */
import { run } from '../lib/commands/run';
import { runbook } from '../lib/commands/runbook';

run(async () => runbook(process.argv.slice(2)));

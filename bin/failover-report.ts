/** `npm run failover-report -- --env NAME`: see lib/commands/failover-report. */
import { failoverReport } from '../lib/commands/failover-report';
import { run } from '../lib/commands/run';

run(() => failoverReport(process.argv.slice(2)));

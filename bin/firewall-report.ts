/** `npm run firewall-report -- --env NAME`: see lib/commands/firewall-report. */
import { firewallReport } from '../lib/commands/firewall-report';
import { run } from '../lib/commands/run';

run(() => firewallReport(process.argv.slice(2)));

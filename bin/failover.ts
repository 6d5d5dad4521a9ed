/** `npm run failover -- --env NAME --to REGION`: see lib/commands/failover. */
import { failover } from '../lib/commands/failover';
import { run } from '../lib/commands/run';
import { environment } from '../lib/config';

run(() => failover(process.argv.slice(2), environment));

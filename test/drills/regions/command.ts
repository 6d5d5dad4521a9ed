/** `npm run failover` with an environment that no file of lib/config has: its JSON comes by DRILL_ENVIRONMENT. */
import { failover } from '../../../lib/commands/failover';
import { run } from '../../../lib/commands/run';
import type { Environment } from '../../../lib/config/environment';

run(() => failover(process.argv.slice(2), () => JSON.parse(process.env.DRILL_ENVIRONMENT ?? '') as Environment));

/** `npm run release` with an environment that no file of lib/config has: its JSON comes by DRILL_ENVIRONMENT. */
import { release } from '../../../lib/commands/release';
import { run } from '../../../lib/commands/run';
import type { Environment } from '../../../lib/config/environment';

run(() => release(process.argv.slice(2), () => JSON.parse(process.env.DRILL_ENVIRONMENT ?? '') as Environment));

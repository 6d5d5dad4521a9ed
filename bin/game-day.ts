/** `npm run game-day -- [NAME] --env NAME`: see lib/commands/game-day. */
import { gameDay } from '../lib/commands/game-day';
import { run } from '../lib/commands/run';
import { environment } from '../lib/config';

run(() => gameDay(process.argv.slice(2), environment));

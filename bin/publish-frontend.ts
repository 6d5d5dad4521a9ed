/** `npm run publish-frontend -- --source DIR --bucket NAME`: see lib/commands/publish-frontend. */
import { publishFrontend } from '../lib/commands/publish-frontend';
import { run } from '../lib/commands/run';

run(() => publishFrontend(process.argv.slice(2)));

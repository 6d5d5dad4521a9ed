/** `npm run jobs`: see lib/commands/jobs. */
import { jobs } from '../lib/commands/jobs';
import { run } from '../lib/commands/run';
import { environment } from '../lib/config';

run(() => jobs(process.argv.slice(2), environment));

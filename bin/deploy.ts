/** `npm run deploy -- --env NAME`: see lib/commands/deploy.ts. */
import { called } from '../lib/commands/arguments';
import { deploy } from '../lib/commands/deploy';
import { run } from '../lib/commands/run';
import { environment } from '../lib/config';

run(async () => {
  const { environment: name, rest } = called(process.argv.slice(2));
  return deploy(environment(name), rest);
});

/** `npm run synth|diff -- --env NAME`: the CDK CLI for one environment, without asking AWS who it is. */
import { called } from '../lib/commands/arguments';
import { cdk } from '../lib/commands/cdk';
import { run } from '../lib/commands/run';
import { environment } from '../lib/config';

run(async () => {
  const [command = 'synth', ...words] = process.argv.slice(2);
  const { environment: name, rest } = called(words);
  environment(name); // its faults come once, before the CLI starts
  return cdk([command, ...rest], name);
});

/** `npm run synth|diff -- --env NAME`: the CDK CLI for one environment, without asking AWS who it is. */
import { called } from '../lib/commands/arguments';
import { cdk } from '../lib/commands/cdk';
import { run } from '../lib/commands/run';

run(async () => {
  const [command = 'synth', ...words] = process.argv.slice(2);
  const { environment, rest } = called(words);
  return cdk([command, ...rest], environment);
});

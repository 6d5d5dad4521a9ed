/** `npm run template-diff -- BASE HEAD`: prints what differs between two folders of synthesised environments; see lib/commands/template-diff.ts. */
import { run } from '../lib/commands/run';
import { templateDiff } from '../lib/commands/template-diff';
import { ConfigError } from '../lib/config/check';

run(async () => {
  const [base, head, ...rest] = process.argv.slice(2);
  if (!base || !head || rest.length > 0) {
    throw new ConfigError(`template-diff: expected two folders, got ${process.argv.length - 2} words; BASE, then HEAD`);
  }
  process.stdout.write(templateDiff(base, head));
  return 0;
});

/** `npm run diagrams`: draws the diagrams of docs/architecture.md anew from a synthesised assembly; see lib/commands/diagrams. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withDiagrams } from '../lib/commands/diagrams';
import { run } from '../lib/commands/run';

const PAGE = 'docs/architecture.md';

run(async () => {
  const [folder = 'cdk.out'] = process.argv.slice(2);
  writeFileSync(PAGE, withDiagrams(readFileSync(PAGE, 'utf8'), folder));
  return 0;
});

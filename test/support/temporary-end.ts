/** Jest's global end: removes the folder that `temporary.ts` made. */
import { rmSync } from 'node:fs';

export default function temporaryEnd(): void {
  if (process.env.TESTS_TMPDIR) rmSync(process.env.TESTS_TMPDIR, { recursive: true, force: true });
}

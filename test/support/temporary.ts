/** Jest's global set-up: one folder for all that the tests of a run leave in the system's temporary one. Its end removes it. */
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function temporary(): void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tests-'));
  chmodSync(folder, 0o711); // PostgreSQL runs as nobody where the tests are root's
  process.env.TMPDIR = folder;
  process.env.TESTS_TMPDIR = folder; // for the end: the other one may be the user's
}

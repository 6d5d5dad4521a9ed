/** Certificates of an authority of its own, made by openssl: Node makes keys but no certificates. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

function openssl(...args: readonly string[]): void {
  try {
    execFileSync('openssl', args, { stdio: 'pipe' });
  } catch (error) {
    throw new Error(
      `openssl: expected it to make a certificate, got ${(error as Error).message}; install it (Debian, Ubuntu: apt-get install openssl)`,
    );
  }
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority, and what it signs: for a name, ending in so many days, in the past if that is negative. */
export function authority() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-certificates-'));
  const at = (file: string) => join(folder, file);
  openssl('req', '-x509', ...KEY, '-days', '400', '-subj', '/CN=Authority', '-keyout', at('ca.key'), '-out', at('ca'));
  return {
    ca: readFileSync(at('ca'), 'utf8'),
    sign(name: string, days: number): Certificate {
      openssl('req', ...KEY, '-subj', `/CN=${name}`, '-keyout', at('key'), '-out', at('request'));
      writeFileSync(at('names'), `subjectAltName=DNS:${name}`);
      const from = ['-in', at('request'), '-CA', at('ca'), '-CAkey', at('ca.key'), '-CAcreateserial'];
      openssl('x509', '-req', ...from, '-days', `${days}`, '-extfile', at('names'), '-out', at('cert'));
      return { cert: readFileSync(at('cert'), 'utf8'), key: readFileSync(at('key'), 'utf8') };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

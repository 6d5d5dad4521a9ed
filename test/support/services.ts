/** Services besides the backend: an environment that has all kinds of them, what app/server writes for them, and ports beside each other for their processes. Starts nothing. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checked } from '../../lib/config/check';
import { prod } from '../../lib/config/prod';
import { freePort } from '../../lib/rehearsal/ports';
import { serviceFiles } from '../../lib/rehearsal/services';

const { instanceClass, upAboveCpu, upAfterMinutes, downBelowCpu, downAfterMinutes } = prod.fleet;
const fleet = { instanceClass, min: 3, max: 6, upAboveCpu, upAfterMinutes, downBelowCpu, downAfterMinutes };
/** Production with one on the backend's servers, one with its own by path, one by name; and fixed addresses. */
export const WITH_SERVICES = checked(
  {
    ...prod,
    account: '111111111111',
    balancing: { ...prod.balancing, staticAddresses: true },
    services: [
      { name: 'pages', paths: ['/reports', '/reports/*'], processes: 2 },
      { name: 'search', paths: ['/search/*'], processes: 2, secrets: ['database'], fleet },
      { name: 'back-office', hosts: ['office.example.com'], processes: 1, secrets: ['sessions', 'cookie'], fleet },
    ],
  },
  'x.ts',
);

export interface Written {
  /** Beside nginx.conf, by name: services/… */
  readonly nginx: Readonly<Record<string, string>>;
  /** What each process is told, by NAME-PORT. */
  readonly told: Readonly<Record<string, string>>;
  /** For systemd to start. */
  readonly units: readonly string[];
}

/** @param services in the form of SERVICES in a server's environment */
export function written(services: string): Written {
  const machine = mkdtempSync(join(tmpdir(), 'holdfast-services-'));
  const nginx = serviceFiles(services, machine);
  const folder = join(machine, 'etc/holdfast/services');
  const told = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
  const units = readFileSync(join(machine, 'opt/holdfast/server/units'), 'utf8').split('\n').filter(Boolean);
  return { nginx, told: Object.fromEntries(told), units };
}

const free = (port: number) =>
  new Promise<boolean>((done) => {
    const server = createServer()
      .once('error', () => done(false))
      .listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });

/** The first of so many free ports beside each other. */
export async function freeRow(count: number): Promise<number> {
  for (;;) {
    const first = await freePort();
    const row = await Promise.all(Array.from({ length: count }, (_, index) => first + index).map(free));
    if (row.every(Boolean)) return first;
  }
}

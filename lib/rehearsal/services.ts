/** Services besides the backend on one server of the local system, with one process each: their ports, and what NGINX is told of them by the server's own script. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './ports';
import { PATH } from './servers';

export interface LocalService {
  readonly name: string;
  readonly port: number;
  /** As nginx-files.sh reads it. */
  readonly row: string;
}

/** @param services `SERVICES` of the server's environment */
export const localServices = (services = ''): Promise<readonly LocalService[]> =>
  Promise.all(
    services
      .split(' ')
      .filter(Boolean)
      .map(async (row) => {
        const [name = '', , , secrets, where] = row.split(':');
        const port = await freePort();
        return { name, port, row: [name, port, 1, secrets, where].join(':') };
      }),
  );

/** Files beside nginx.conf by name, and the rest that the script writes: below `machine`, emptied first. Throws what the script says. */
export function serviceFiles(services: string, machine: string): Readonly<Record<string, string>> {
  const server = join(machine, 'opt/holdfast/server');
  rmSync(machine, { recursive: true, force: true });
  for (const folder of [server, join(machine, 'opt/holdfast/site')]) mkdirSync(folder, { recursive: true });
  const script = `set -euo pipefail; . app/server/nginx-files.sh; printf '%s\\n' "\${service_units[@]}" >"$server/units"`;
  const { status, stderr } = spawnSync('bash', ['-c', script], {
    env: { ...PATH, DESTDIR: machine, server, PROCESSES: '1', SERVICES: services },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`nginx-files.sh: expected 0, got ${status}: ${stderr}`);
  return Object.fromEntries(
    readdirSync(join(server, 'services')).map((name) => [
      `services/${name}`,
      readFileSync(join(server, 'services', name), 'utf8'),
    ]),
  );
}

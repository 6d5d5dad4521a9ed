/** PostgreSQL of the local system, also for root: it refuses to be root, so then nobody runs it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError } from '../config/check';
import { type Running, run, start, tail } from './process';
import { LOOPBACK, PATH, type Place, speaks } from './servers';
import type { Tools } from './tools';

const NOBODY = 65_534;
const uid = process.getuid?.() === 0 ? NOBODY : undefined;

/** As whom PostgreSQL's programs run, and where from. */
export const postgresUser = { uid, cwd: '/', env: PATH } as const;

/** As root: nobody must be able to go where the programs and the data are. */
function openToNobody(...folders: readonly string[]): void {
  for (const folder of folders)
    if (spawnSync('test', ['-x', folder], { uid: NOBODY, gid: NOBODY, cwd: '/' }).status !== 0)
      throw new ConfigError(
        `PostgreSQL: expected a folder that every user may enter, since it refuses to run as root, got ${folder}; clone the repository outside of root's home, such as in /srv, or start as another user`,
      );
}

/** PostgreSQL's SSLRequest: any server answers it with one letter. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** A folder as PostgreSQL demands it of its data. */
export function ownFolder(postgres: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (uid) {
    openToNobody(dirname(postgres), dirname(folder));
    chownSync(folder, uid, uid);
  }
  chmodSync(folder, 0o700);
}

/** A program beside the server to its end, as its user. Throws with the last lines of its log. */
export async function runBeside(
  { postgres }: Pick<Tools, 'postgres'>,
  name: string,
  logFile: string,
  args: readonly string[],
): Promise<void> {
  const command = join(dirname(postgres), name);
  if ((await run({ name, command, args, ...postgresUser, logFile })) !== 0)
    throw new Error(`${name}: expected it to succeed, got:\n${tail(logFile)}`);
}

async function initialise(postgres: string, { folder, logFile, signal }: Place): Promise<void> {
  ownFolder(postgres, folder);
  const args = ['-D', folder, '-U', 'postgres', '-A', 'trust', '-N', '--locale=C.UTF-8', '-E', 'UTF8'];
  const command = join(dirname(postgres), 'initdb');
  const code = await run({ name: 'PostgreSQL', command, args, ...postgresUser, logFile, signal });
  if (code !== 0) throw new ConfigError(`PostgreSQL: expected initdb to succeed in ${folder}, got:\n${tail(logFile)}`);
}

/** The folder is absolute. @param name as people are told of it */
export async function startPostgres({ postgres }: Tools, place: Place, name = 'PostgreSQL'): Promise<Running> {
  const { port, host = LOOPBACK, folder, logFile, args: more = [], signal } = place;
  if (!existsSync(join(folder, 'PG_VERSION'))) await initialise(postgres, place);
  const settings = {
    listen_addresses: host,
    unix_socket_directories: '',
    max_connections: '200',
    dynamic_shared_memory_type: 'mmap', // in its folder: a killed one leaves nothing in /dev/shm
  };
  const args = [
    '-D',
    folder,
    '-p',
    `${port}`,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ...more,
  ];
  return start({
    name,
    stopSignal: 'SIGINT', // SIGTERM waits for every client to leave
    command: postgres,
    args,
    ...postgresUser,
    logFile,
    signal,
    ready: () => speaks(place, SSL_REQUEST, 'N'),
  });
}

/** The real servers of the local system: Redis (Valkey), PostgreSQL, NGINX with the deployed configuration, backends, the emulator. */
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, dirname, join, resolve } from 'node:path';
import { answers, type Running, start } from './process';
import type { Tools } from './tools';

const isRoot = process.getuid?.() === 0;
export const PATH = { PATH: process.env.PATH ?? '' };

export const LOOPBACK = '127.0.0.1';

/** Whether a line sent there is answered with text that begins so. */
export const speaks = (
  { port, host = LOOPBACK }: Partial<Address> & Pick<Address, 'port'>,
  line: string | Buffer,
  begin: string,
) =>
  new Promise<boolean>((done) => {
    const socket = connect(port, host, () => socket.write(line));
    const answer = (yes: boolean) => {
      socket.destroy();
      done(yes);
    };
    socket.setTimeout(1000, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('data', (data) => answer(data.toString('latin1').startsWith(begin)));
  });

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Place {
  readonly port: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** Data and configuration. */
  readonly folder: string;
  readonly logFile: string;
  /** Of the server's command line, behind ours. @default none */
  readonly args?: readonly string[];
  /** Ends it, and the waiting for it. */
  readonly signal?: AbortSignal;
}

export function startRedis({ redis }: Tools, place: Place): Promise<Running> {
  const { port, host = LOOPBACK, folder, logFile, args: more = [], signal } = place;
  mkdirSync(folder, { recursive: true });
  const args = [
    '--port',
    `${port}`,
    '--bind',
    host,
    '--dir',
    folder,
    '--appendonly',
    'yes',
    '--appendfsync',
    'everysec',
    '--maxmemory-policy',
    'noeviction',
    '--repl-diskless-sync-delay',
    '0', // a replica needn't wait for others
    ...more,
  ];
  return start({
    name: 'Redis',
    command: redis,
    args,
    logFile,
    signal,
    ready: () => speaks(place, 'PING\r\n', '+PONG'),
  });
}

export interface NginxPlace extends Place {
  readonly backendPorts: readonly number[];
  /** Folder with the release's `site/`. */
  readonly release: string;
  /** Of app/server, by name: other contents. @default those a server gets */
  readonly files?: Readonly<Record<string, string>>;
}

/** With the very files of app/server that a server gets; only the four small files that each machine writes differ. */
export async function startNginx(
  { nginx }: Pick<Tools, 'nginx'>,
  { port, folder, logFile, backendPorts, release, files, signal }: NginxPlace,
): Promise<Running> {
  const server = join(folder, 'server');
  for (const name of ['run', 'logs', 'site']) mkdirSync(join(folder, name), { recursive: true });
  cpSync('app/server', server, { recursive: true });
  rmSync(join(folder, 'current'), { force: true });
  symlinkSync(resolve(release), join(folder, 'current'));
  if (!existsSync(join(folder, 'site/current'))) symlinkSync('../current/site', join(folder, 'site/current'));
  const own = {
    'listen.conf': `listen 127.0.0.1:${port};\n`,
    'hosts.conf': 'default 1;\n',
    'upstream.conf': backendPorts
      .map((each) => `127.0.0.1:${each}`)
      .map((each) => `server ${each} max_fails=1 fail_timeout=1s;\nserver ${each} max_fails=0 backup;\n`)
      .join(''),
    'origin.conf': 'default cdn;\n',
    ...files,
  };
  for (const [name, text] of Object.entries(own)) {
    mkdirSync(dirname(join(server, name)), { recursive: true });
    writeFileSync(join(server, name), text);
  }
  const args = [
    '-p',
    folder,
    '-c',
    join(server, 'nginx.conf'),
    '-e',
    'logs/error.log',
    '-g',
    `daemon off;${isRoot ? ' user root;' : ''}`,
  ];
  return start({
    name: 'NGINX',
    command: nginx,
    args,
    logFile,
    signal,
    env: PATH,
    ready: () => answers(`http://127.0.0.1:${port}/livez`),
  });
}

export interface BackendPlace extends Omit<Place, 'folder'> {
  /** Folder with the release's `backend/`, where the process runs as on a server. */
  readonly release: string;
  readonly env: Readonly<Record<string, string>>;
}

/** One process of the backend, or of another service of the release. */
export function startBackend(
  { port, release, logFile, env, signal }: BackendPlace,
  service?: string,
): Promise<Running> {
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
  return start({
    name: `${service ?? 'backend'} on ${port}`,
    command: process.execPath,
    args: [service ? `services/${service}/server.js` : 'backend/server.js'],
    cwd: release,
    logFile,
    signal,
    env: { ...PATH, ...env, PORT: `${port}` },
    ready,
  });
}

/** The process that does the release's jobs. */
export function startWorker({ port, release, logFile, env, signal }: BackendPlace): Promise<Running> {
  return start({
    name: 'worker',
    command: process.execPath,
    args: ['worker/worker.js'],
    cwd: release,
    logFile,
    signal,
    env: { ...PATH, ...env, PORT: `${port}` },
    ready: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200,
  });
}

export interface EmulatorPlace extends Omit<Place, 'folder'> {
  /** Folder for what its Lambda functions run from. */
  readonly temporary: string;
  /** 12 digits: whose the requests of visitors are, who sign none. */
  readonly account: string;
  /** Keeps the account there for the next start. @default forgotten */
  readonly state?: string;
  /** What each server of a group runs, and the folder of their logs. @default groups are records without servers */
  readonly instances?: { readonly command: readonly string[]; readonly logs: string };
  /** Who is told what happens to databases, an address. @default nobody: they are records without servers */
  readonly databases?: string;
}

/** CDK's own custom resources run inside it and need the SDK's clients from the clone. */
export function startEmulator(
  { python, packages }: Tools,
  { port, logFile, temporary, account, state, instances, databases, signal }: EmulatorPlace,
): Promise<Running> {
  const env = {
    ...PATH,
    ...(state && { HOLDFAST_STATE: resolve(state) }),
    ...(instances && {
      HOLDFAST_INSTANCE: instances.command.map((word) => `'${word}'`).join(' '),
      HOLDFAST_INSTANCE_LOGS: resolve(instances.logs),
    }),
    ...(databases && { HOLDFAST_DATABASES: databases }),
    MALLOC_ARENA_MAX: '2', // else each of its threads keeps memory of its own
    TMPDIR: temporary,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    PYTHONPATH: [packages, resolve('lib/rehearsal')].join(delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: `${port}`,
    MINISTACK_HOST: 'localhost',
    MINISTACK_ACCOUNT_ID: account,
    NODE_PATH: resolve('node_modules'),
    NODE_OPTIONS: `--require=${resolve('lib/rehearsal/emulator/balancer-names.cjs')}`,
    DOCKER_HOST: 'unix:///nonexistent',
  };
  const ready = () => answers(`http://127.0.0.1:${port}/_ministack/health`);
  return start({
    name: 'emulator',
    command: python,
    args: ['-m', 'emulator'],
    logFile,
    signal,
    env,
    ready,
    readyWithinMs: 30_000,
  });
}

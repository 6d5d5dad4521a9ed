/** The real servers of the local system: Redis (Valkey), PostgreSQL, NGINX with the deployed configuration, backends, the emulator. */
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { answers, type Running, start } from './process';
import type { Tools } from './tools';

const isRoot = process.getuid?.() === 0;
export const PATH = { PATH: process.env.PATH ?? '' };

/** Whether a line sent there is answered with text that begins so. */
export const speaks = (port: number, line: string | Buffer, begin: string) =>
  new Promise<boolean>((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(line));
    const answer = (yes: boolean) => {
      socket.destroy();
      done(yes);
    };
    socket.setTimeout(1000, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('data', (data) => answer(data.toString('latin1').startsWith(begin)));
  });

export interface Place {
  readonly port: number;
  /** Data and configuration. */
  readonly folder: string;
  readonly logFile: string;
  /** Ends it, and the waiting for it. */
  readonly signal?: AbortSignal;
}

export function startRedis({ redis }: Tools, { port, folder, logFile, signal }: Place): Promise<Running> {
  mkdirSync(folder, { recursive: true });
  const args = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--appendonly',
    'yes',
    '--appendfsync',
    'everysec',
    '--maxmemory-policy',
    'noeviction',
  ];
  return start({
    name: 'Redis',
    command: redis,
    args,
    logFile,
    signal,
    ready: () => speaks(port, 'PING\r\n', '+PONG'),
  });
}

export interface NginxPlace extends Place {
  readonly backendPorts: readonly number[];
  /** Folder with the release's `site/`. */
  readonly release: string;
}

/** With the very files of app/server that a server gets; only the four small files that each machine writes differ. */
export async function startNginx(
  { nginx }: Tools,
  { port, folder, logFile, backendPorts, release, signal }: NginxPlace,
): Promise<Running> {
  const server = join(folder, 'server');
  for (const name of ['run', 'logs']) mkdirSync(join(folder, name), { recursive: true });
  cpSync('app/server', server, { recursive: true });
  rmSync(join(folder, 'current'), { force: true });
  symlinkSync(resolve(release), join(folder, 'current'));
  const own = {
    'listen.conf': `listen 127.0.0.1:${port};\n`,
    'hosts.conf': 'default 1;\n',
    'upstream.conf': backendPorts.map((each) => `server 127.0.0.1:${each} max_fails=0;\n`).join(''),
    'origin.conf': 'default 1;\n',
  };
  for (const [name, text] of Object.entries(own)) writeFileSync(join(server, name), text);
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

/** One process of the backend. */
export function startBackend({ port, release, logFile, env, signal }: BackendPlace): Promise<Running> {
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
  return start({
    name: `backend on ${port}`,
    command: process.execPath,
    args: ['backend/server.js'],
    cwd: release,
    logFile,
    signal,
    env: { ...PATH, ...env, PORT: `${port}` },
    ready,
  });
}

export interface EmulatorPlace extends Omit<Place, 'folder'> {
  /** Folder for what its Lambda functions run from. */
  readonly temporary: string;
  /** 12 digits: whose the requests of visitors are, who sign none. */
  readonly account: string;
  /** Keeps the account there for the next start. @default forgotten */
  readonly state?: string;
}

/** CDK's own custom resources run inside it and need the SDK's clients from the clone. */
export function startEmulator(
  { python, packages }: Tools,
  { port, logFile, temporary, account, state, signal }: EmulatorPlace,
): Promise<Running> {
  const env = {
    ...PATH,
    ...(state && { HOLDFAST_STATE: resolve(state) }),
    HOLDFAST_STRICT: '1', // a type that is neither emulated nor on its written list fails the deployment
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

/** The real servers of the local system: Redis (Valkey), PostgreSQL, NGINX with the deployed configuration, backends, the emulator. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { answers, type Running, start } from './process';
import { emulatorPackages, type Tools } from './tools';

/** Nobody's: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const PATH = { PATH: process.env.PATH ?? '' };

/** Whether a line sent there is answered with text that begins so. */
const speaks = (port: number, line: string | Buffer, begin: string) =>
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
}

export function startRedis({ redis }: Tools, { port, folder, logFile }: Place): Promise<Running> {
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
  return start({ name: 'Redis', command: redis, args, logFile, ready: () => speaks(port, 'PING\r\n', '+PONG') });
}

/** PostgreSQL's SSLRequest: any server answers it with one letter. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

export async function startPostgres({ postgres }: Tools, { port, folder, logFile }: Place): Promise<Running> {
  const uid = isRoot ? NOBODY : undefined;
  if (!existsSync(join(folder, 'PG_VERSION'))) {
    mkdirSync(folder, { recursive: true });
    if (uid) chownSync(folder, uid, uid);
    chmodSync(folder, 0o700);
    const { status, stderr } = spawnSync(
      join(postgres, 'initdb'),
      ['-D', folder, '-U', 'postgres', '-A', 'trust', '-N', '--locale=C.UTF-8', '-E', 'UTF8'],
      { uid, gid: uid, encoding: 'utf8', env: PATH, cwd: '/' },
    );
    if (status !== 0) throw new Error(`PostgreSQL: expected initdb to succeed in ${folder}, got:\n${stderr}`);
  }
  const args = [
    '-D',
    folder,
    '-p',
    `${port}`,
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'unix_socket_directories=',
    '-c',
    'max_connections=200',
  ];
  return start({
    name: 'PostgreSQL',
    stopSignal: 'SIGINT', // SIGTERM waits for every client to leave
    command: join(postgres, 'postgres'),
    args,
    logFile,
    uid,
    cwd: '/',
    env: PATH,
    ready: () => speaks(port, SSL_REQUEST, 'N'),
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
  { nginx }: Tools,
  { port, folder, logFile, backendPorts, release, files }: NginxPlace,
): Promise<Running> {
  const server = join(folder, 'server');
  for (const name of ['run', 'logs']) mkdirSync(join(folder, name), { recursive: true });
  cpSync('app/server', server, { recursive: true });
  if (!existsSync(join(folder, 'current'))) symlinkSync(resolve(release), join(folder, 'current'));
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
    env: PATH,
    ready: () => answers(`http://127.0.0.1:${port}/livez`),
  });
}

/** One process of the backend; its secrets are made for this run. */
export function startBackend(
  port: number,
  script: string,
  logFile: string,
  env: Readonly<Record<string, string>>,
): Promise<Running> {
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
  return start({
    name: `backend on ${port}`,
    command: process.execPath,
    args: [script],
    logFile,
    env: { ...PATH, ...env, PORT: `${port}` },
    ready,
  });
}

export interface EmulatorPlace extends Omit<Place, 'folder'> {
  /** Keeps the account there for the next start. @default forgotten */
  readonly state?: string;
}

/** CDK's own custom resources run inside it and need the SDK's clients from the clone. */
export function startEmulator({ python }: Tools, { port, logFile, state }: EmulatorPlace): Promise<Running> {
  const env = {
    ...PATH,
    ...(state && { HOLDFAST_STATE: resolve(state) }),
    MALLOC_ARENA_MAX: '2', // else each of its threads keeps memory of its own
    PYTHONPATH: [emulatorPackages(), resolve('lib/rehearsal')].join(delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: `${port}`,
    MINISTACK_HOST: 'localhost',
    NODE_PATH: resolve('node_modules'),
    DOCKER_HOST: 'unix:///nonexistent',
  };
  const ready = () => answers(`http://127.0.0.1:${port}/_ministack/health`);
  return start({
    name: 'emulator',
    command: python,
    args: ['-m', 'emulator'],
    logFile,
    env,
    ready,
    readyWithinMs: 30_000,
  });
}

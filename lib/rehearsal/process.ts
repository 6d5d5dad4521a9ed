/** A program as a part of the local system: started in a process group of its own, waited for, and ended whole. Knows no program. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError } from '../config/config-error';
import { guard } from './guard';

export interface Program {
  /** As people are told of it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** @default none of ours */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  /** PostgreSQL refuses to be root. @default the caller's */
  readonly uid?: number;
  readonly cwd?: string;
  /** Ends it at once; what waits for it throws the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Server extends Program {
  /** Asks it to end. @default SIGTERM */
  readonly stopSignal?: NodeJS.Signals;
  /** True once it serves. */
  readonly ready: () => Promise<boolean>;
  /** @default 20 s */
  readonly readyWithinMs?: number;
}

export interface Running {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when it is gone, whoever ended it, with its exit code: none when a signal ended it. */
  readonly gone: Promise<number | undefined>;
  stop(): Promise<void>;
}

const POLL_MS = 50;
const TERM_MS = 5000;
const LAST_LINES = 12;

/** The last lines of a log. */
export const tail = (file: string) =>
  (existsSync(file) ? readFileSync(file, 'utf8') : '').trimEnd().split('\n').slice(-LAST_LINES).join('\n');

/** To the whole group: a shell's children and Lambda workers too. */
function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false; // it is gone already
  }
}

interface Launched {
  readonly child: ChildProcess;
  /** Resolves with the exit code, if it had one; what the leader left behind has ended then too. */
  readonly gone: Promise<number | undefined>;
}

function launch({ name, command, args, env, logFile, uid, cwd, signal }: Program): Launched {
  signal?.throwIfAborted();
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(command, args, {
    cwd,
    env: { ...env },
    stdio: ['ignore', log, log],
    detached: true,
    uid,
    gid: uid,
  });
  closeSync(log);
  const { pid } = child;
  if (pid) guard.add(pid);
  const gone = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', ({ message }) => reject(new ConfigError(`${name}: expected it to start, got ${message}`)));
    child.once('exit', (code) => {
      if (pid) {
        signalGroup(pid, 'SIGKILL');
        guard.drop(pid);
      }
      resolve(code ?? undefined);
    });
  });
  return { child, gone };
}

async function end({ child: { pid }, gone }: Launched, signal: NodeJS.Signals): Promise<void> {
  if (pid && signalGroup(pid, signal)) await Promise.race([gone, wait(TERM_MS, undefined, { ref: false })]);
  if (pid) signalGroup(pid, 'SIGKILL');
  await gone;
}

/** Runs it to its end; resolves with its exit code, 1 when it took longer than the limit. */
export async function run(program: Program, limitMs = 600_000): Promise<number> {
  const { signal } = program;
  const launched = launch(program);
  const kill = () => void end(launched, 'SIGKILL').catch(() => undefined);
  signal?.addEventListener('abort', kill, { once: true });
  const limit = setTimeout(kill, limitMs);
  const code = await launched.gone.finally(() => {
    clearTimeout(limit);
    signal?.removeEventListener('abort', kill);
  });
  signal?.throwIfAborted();
  return code ?? 1;
}

/** Starts it and waits until it is ready. Throws with the last lines of its log when it ends or is late. */
export async function start(program: Server): Promise<Running> {
  const { name, logFile, ready, readyWithinMs = 20_000, stopSignal = 'SIGTERM', signal } = program;
  const launched = launch(program);
  let ended = false;
  const gone = launched.gone.catch(() => undefined);
  void gone.then(() => {
    ended = true;
  });
  const deadline = Date.now() + readyWithinMs;
  while (!(await ready().catch(() => false))) {
    if (ended || Date.now() > deadline || signal?.aborted) {
      const got = ended ? 'an early end' : 'no answer'; // before our own kill ends it
      await end(launched, 'SIGKILL');
      signal?.throwIfAborted();
      throw new ConfigError(
        `${name}: expected it to serve within ${readyWithinMs / 1000} s, got ${got} (${logFile}):\n${tail(logFile)}`,
      );
    }
    await wait(POLL_MS);
  }
  return { name, logFile, pid: launched.child.pid ?? 0, gone, stop: () => end(launched, stopSignal) };
}

export const answers = async (url: string): Promise<boolean> =>
  (await fetch(url, { signal: AbortSignal.timeout(2000) })).status < 500;

/** Asks until it holds. Throws with `what` after that time. */
export async function until(what: string, holds: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await holds().catch(() => false)); await wait(POLL_MS)) {
    if (Date.now() > deadline) throw new Error(`${what}: expected it within ${withinMs / 1000} s, got nothing`);
  }
}

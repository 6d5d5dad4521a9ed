/** A program as a part of the local system: started in a process group of its own, waited for, and ended whole. Knows no program. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface Program {
  /** As people are told of it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** PostgreSQL refuses to be root. @default the caller's */
  readonly uid?: number;
  readonly cwd?: string;
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
  /** Resolves when it is gone, whoever ended it. */
  readonly gone: Promise<void>;
  stop(): Promise<void>;
}

const POLL_MS = 50;
const TERM_MS = 8000;
const LAST_LINES = 15;

const tail = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');

/** To the whole group: a shell's children and Lambda workers too. */
function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false; // it is gone already
  }
}

async function end(child: ChildProcess, gone: Promise<void>, signal: NodeJS.Signals): Promise<void> {
  const { pid } = child;
  if (!pid) return;
  if (signalGroup(pid, signal)) await Promise.race([gone, wait(TERM_MS, undefined, { ref: false })]);
  signalGroup(pid, 'SIGKILL'); // also what the leader left behind
  await gone;
}

/** Starts it and waits until it is ready. Throws with the last lines of its log when it ends or is late. */
export async function start(program: Program): Promise<Running> {
  const {
    name,
    command,
    args,
    env,
    logFile,
    uid,
    cwd,
    ready,
    readyWithinMs = 20_000,
    stopSignal = 'SIGTERM',
  } = program;
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
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  let ended = false;
  void gone.then(() => {
    ended = true;
  });
  const deadline = Date.now() + readyWithinMs;
  while (!(await ready().catch(() => false))) {
    if (ended || Date.now() > deadline) {
      await end(child, gone, 'SIGKILL');
      throw new Error(
        `${name}: expected it to serve within ${readyWithinMs / 1000} s, got ${ended ? 'an early end' : 'no answer'} (${logFile}):\n${tail(logFile)}`,
      );
    }
    await wait(POLL_MS);
  }
  return { name, pid: child.pid ?? 0, gone, stop: () => end(child, gone, stopSignal) };
}

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Whether somebody listens there. */
export function portTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(true));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(false)));
  });
}

export const answers = async (url: string): Promise<boolean> =>
  (await fetch(url, { signal: AbortSignal.timeout(2000) })).status < 500;

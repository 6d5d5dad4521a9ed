/** One local system at a time in a clone: a lock that a killed process can't leave behind for ever. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../config/check';

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export interface Held {
  /** The process groups to end should this process be killed. */
  note(pids: readonly number[]): void;
  release(): void;
}

/** Throws a ConfigError when another one runs; ends what a killed one left behind. */
export function lock(file: string): Held {
  mkdirSync(dirname(file), { recursive: true });
  try {
    const [owner = 0, ...left] = readFileSync(file, 'utf8').split('\n').map(Number);
    if (owner && alive(owner)) {
      throw new ConfigError(`A local system runs already (process ${owner}): use it, or end it with 'kill ${owner}'.`);
    }
    for (const pid of left.filter(Boolean)) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // gone already
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const note = (pids: readonly number[]) => writeFileSync(file, [process.pid, ...pids].join('\n'));
  note([]);
  return { note, release: () => rmSync(file, { force: true }) };
}

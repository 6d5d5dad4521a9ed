/** Gives the system half of the machine's cores and the visitors the other half, as they have machines of their own. Linux only. */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import type { Running } from '../../lib/rehearsal/process';
import { tree } from './faults';

const set = (cores: string, pid: number) => spawnSync('taskset', ['-apc', cores, `${pid}`]).status === 0;

const all = `0-${cpus().length - 1}`;

/** The visitors, and all that is started from now on, run anywhere again. */
export const together = (): boolean => set(all, process.pid);

/** Whether it could: needs `taskset` and two cores. Until `together`, what is started shares the visitors' cores. */
export function apart(system: Iterable<Running>): boolean {
  const half = Math.floor(cpus().length / 2);
  if (half === 0) return false;
  const [first, second] = [`0-${half - 1}`, `${half}-${cpus().length - 1}`];
  return [...system].flatMap(({ pid }) => tree(pid)).every((pid) => set(first, pid)) && set(second, process.pid);
}

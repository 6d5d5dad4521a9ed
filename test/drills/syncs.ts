/** How much of its AOF Redis has synced, seen from outside: its thread for that wakes once for each sync. To ask it by WAITAOF makes it sync. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const THREAD = 'bio_aof';
const LOOK_EVERY_MS = 5;

/** The file that is written to, if there is one. */
export function aofOf(folder: string): string | undefined {
  const parts = join(folder, 'appendonlydir');
  try {
    const name = readdirSync(parts).find((each) => each.endsWith('.incr.aof'));
    return name && join(parts, name);
  } catch {
    return undefined; // it keeps none
  }
}

const wakings = (task: string) =>
  Number(/\nvoluntary_ctxt_switches:\s+(\d+)/.exec(readFileSync(join(task, 'status'), 'utf8'))?.[1]);

/** Looks until the process is gone. Returns the bytes that were written before the last sync began which also ended. */
export async function syncedBytes(pid: number, folder: string): Promise<number> {
  const tasks = `/proc/${pid}/task`;
  const file = aofOf(folder);
  const thread = readdirSync(tasks).find((id) => readFileSync(join(tasks, id, 'comm'), 'utf8').trim() === THREAD);
  if (!file || !thread) throw new Error(`syncs: expected an AOF in ${folder} and a thread ${THREAD}, as on Linux`);
  const task = join(tasks, thread);
  let [synced, before] = [0, 0];
  let syncing: number | undefined;
  for (let seen = wakings(task); ; await wait(LOOK_EVERY_MS)) {
    try {
      const now = wakings(task);
      if (now !== seen) syncing ??= before;
      else if (syncing !== undefined) {
        synced = syncing;
        syncing = undefined;
      }
      seen = now;
      before = statSync(file).size;
    } catch {
      return synced; // the process is gone
    }
  }
}

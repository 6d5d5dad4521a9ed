/** Visitors who arrive at a steady rate whether or not earlier ones are served: an open loop, so that a slow system can't slow its own test. */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Measured } from './measured';
import type { LoadOptions } from './options';
import { connection, send } from './send';
import { VISIT, visitor } from './visit';

/** From one step of a visit to the next. */
const PAUSE_MS = 200;
/** More at once, and a newcomer finds no connection: a failure. */
const MOST_VISITORS = 1000;

/** Ends when the time is over, or the signal says so, and every request that was sent has its answer or its fault. */
export async function visits(
  { url, rate, duration }: LoadOptions,
  measured: Measured,
  signal: AbortSignal,
): Promise<void> {
  setMaxListeners(0, signal); // one for each visitor who waits
  const run = randomBytes(4).toString('hex');
  const begin = performance.now();
  const end = begin + duration * 1000;
  const until = (due: number) => wait(Math.max(0, due - performance.now()), undefined, { signal });
  const open = new Set<Promise<void>>();

  /** A step is due at its time, or with the answer that a late visitor waited for: they can't click earlier. */
  const visit = async (number: number, start: number) => {
    const who = visitor(run, number);
    const client = connection(url, number);
    let answered = 0;
    try {
      for (const [index, step] of VISIT.entries()) {
        const due = Math.max(start + index * PAUSE_MS, answered);
        if (due >= end) break;
        await until(due);
        const { status, fault } = await send(client, step, who);
        answered = performance.now();
        measured.add(step.kind, answered - due, status, fault);
      }
    } catch {
      // ended early
    } finally {
      await client.destroy();
    }
  };

  const between = (VISIT.length * 1000) / rate;
  try {
    for (let number = 0; begin + number * between < end; number++) {
      const start = begin + number * between;
      await until(start);
      if (open.size >= MOST_VISITORS) {
        measured.add('page', 0, undefined, `not sent, ${MOST_VISITORS} visitors are waiting`);
        continue;
      }
      const each = visit(number, start).finally(() => open.delete(each));
      open.add(each);
    }
  } catch {
    // ended early
  }
  await Promise.all(open);
}

/** Brings jobs from the database, where they were written together with their cause, to the queue. Loses none; may send one twice. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../data/database';
import { isReadOnly } from '../data/endpoint';
import { emf } from '../metrics/emf';
import type { Job } from './job';
import { BATCH, type Send } from './queue';

/** Own sign-ups are sent at once; so often it looks for what another process left behind. */
const LOOK_MS = 5000;
const RETRY_MS = { first: 1000, most: 30_000 };
const TELL_MS = 60_000;

export interface OutboxOptions {
  readonly database: Database;
  /** @default nobody: jobs stay in the database until a process knows a queue */
  readonly send?: Send;
  readonly environment: string;
  readonly onError: (error: unknown) => void;
  /** Takes a line of the log. */
  readonly write: (line: object) => void;
}

const OLDEST_FIRST = `select id, kind, data, request_id as "requestId" from outbox
  order by created_at limit ${BATCH} for update skip locked`;
const WAITING = `select count(*)::int as jobs, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as seconds from outbox`;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #closing = new AbortController();
  readonly #telling: NodeJS.Timeout;
  readonly #running: Promise<void>;
  #wake: () => void = () => undefined;
  #asked = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#running = options.send ? this.#run(options.send) : Promise.resolve();
    this.#telling = setInterval(() => void this.#tell(), TELL_MS).unref();
  }

  /** A job was committed: send it now. Returns at once. */
  nudge(): void {
    this.#asked = true;
    this.#wake();
  }

  /** What is left is sent by another process, or by the next one. */
  async close(): Promise<void> {
    clearInterval(this.#telling);
    this.#closing.abort();
    this.#wake();
    await this.#running;
  }

  async #run(send: Send): Promise<void> {
    let retryMs = RETRY_MS.first;
    while (!this.#closing.signal.aborted) {
      this.#asked = false;
      try {
        const { found, accepted } = await this.#batch(send);
        if (accepted < found) throw new Error(`queue: expected it to take ${found} jobs, got ${accepted} accepted`);
        retryMs = RETRY_MS.first;
        if (found < BATCH) await this.#idle();
      } catch (error) {
        if (isReadOnly(error)) {
          await this.#idle(); // where nothing is written no job is new; after a promotion it goes on
          continue;
        }
        this.#options.onError(error);
        await wait(retryMs * (0.5 + Math.random()), undefined, this.#closing).catch(() => undefined);
        retryMs = Math.min(RETRY_MS.most, retryMs * 2);
      }
    }
  }

  /** Rows are locked, and gone only when SQS has them: who dies in between leaves them to others. */
  #batch(send: Send): Promise<{ readonly found: number; readonly accepted: number }> {
    return this.#options.database.transaction(async (run) => {
      const { rows: jobs } = await run<Job>(OLDEST_FIRST);
      if (jobs.length === 0) return { found: 0, accepted: 0 };
      const accepted = await send(jobs);
      await run('delete from outbox where id = any($1)', [accepted]);
      return { found: jobs.length, accepted: accepted.length };
    });
  }

  async #idle(): Promise<void> {
    if (this.#asked || this.#closing.signal.aborted) return;
    const timer = new AbortController();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      wait(LOOK_MS * (0.5 + Math.random()), undefined, { signal: timer.signal, ref: false }).then(
        resolve,
        () => undefined,
      );
    });
    timer.abort();
  }

  /** What waits, for an alarm; the same from every process: read its maximum. */
  async #tell(): Promise<void> {
    const { database, environment, write } = this.#options;
    const { rows } = await database.write<{ jobs: number; seconds: number }>(WAITING).catch(() => ({ rows: [] }));
    const [waiting] = rows;
    if (!waiting) return;
    const { jobs, seconds } = waiting;
    write({ ...emf('Holdfast/Jobs', environment, { OutboxAge: [seconds, 'Seconds'] }), jobs });
  }
}

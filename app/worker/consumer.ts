/** Takes messages as long as there is room, hides each while its job is under way, and leaves none behind. Knows no job. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Message, Queue } from './queue';

/** Jobs that end within this time are replaced by one request, which SQS bills. */
const TOGETHER_MS = 10;
/** So often it looks whether it may work again. */
const REST_MS = 1000;
const POLL_RETRY_MS = { first: 500, most: 15_000 };
/** A job that takes longer counts as failed: its message comes again. */
const JOB_MS = 300_000;
const RETRY_FACTOR = 3;
const MOST_RETRY_S = 900;

export interface ConsumerOptions {
  readonly queue: Pick<Queue, 'receive' | 'hide' | 'delete'>;
  /** Does the job of a message; its failure brings the message back. */
  readonly handle: (message: Message) => Promise<void>;
  /** Whether jobs can be done at all; while not, none is taken, and none loses a try. */
  readonly able: () => Promise<boolean>;
  readonly jobsAtOnce: number;
  readonly visibilitySeconds: number;
  readonly retrySeconds: number;
  /** The queue doesn't answer, or no longer knows a message. */
  readonly onError: (error: unknown, doing: string) => void;
}

/** Seconds until a message may be tried again. SQS moves it away after its last try. */
export const retryAfter = (tries: number, first: number) =>
  Math.min(MOST_RETRY_S, first * RETRY_FACTOR ** Math.max(0, tries - 1));

export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #underWay = new Map<Message, Promise<void>>();
  readonly #leaving = new AbortController();
  #well = false;

  constructor(options: ConsumerOptions) {
    this.#options = options;
  }

  /** Whether the queue answered last; also while it isn't asked. */
  get well(): boolean {
    return this.#well;
  }

  /** Resolves when it was told to leave and every job it had has ended. */
  async run(): Promise<void> {
    const { queue, jobsAtOnce, able, onError } = this.#options;
    let retryMs = POLL_RETRY_MS.first;
    while (!this.#leaving.signal.aborted) {
      const room = jobsAtOnce - this.#underWay.size;
      if (room < 1) {
        await Promise.race(this.#underWay.values());
        await wait(TOGETHER_MS);
        continue;
      }
      if (!(await able())) {
        this.#well = true;
        await wait(REST_MS, undefined, this.#leaving).catch(() => undefined);
        continue;
      }
      try {
        const messages = await queue.receive(room);
        this.#well = true;
        retryMs = POLL_RETRY_MS.first;
        for (const message of messages) this.#take(message);
      } catch (error) {
        this.#well = false;
        onError(error, 'receive');
        await wait(retryMs, undefined, this.#leaving).catch(() => undefined);
        retryMs = Math.min(POLL_RETRY_MS.most, retryMs * 2);
      }
    }
    await Promise.all(this.#underWay.values());
  }

  /** Takes nothing more; what the queue hands out now goes back to it at once. */
  leave(): void {
    this.#leaving.abort();
  }

  /** Gives back what is still under way, for another worker. */
  async giveBack(): Promise<void> {
    await Promise.all(
      [...this.#underWay.keys()].map((message) => this.#tell('give back', () => this.#hide(message, 0))),
    );
  }

  #take(message: Message): void {
    const work = this.#leaving.signal.aborted
      ? this.#tell('give back', () => this.#hide(message, 0))
      : this.#work(message);
    this.#underWay.set(
      message,
      work.finally(() => this.#underWay.delete(message)),
    );
  }

  async #work(message: Message): Promise<void> {
    const { queue, handle, visibilitySeconds, retrySeconds } = this.#options;
    const hiding = setInterval(
      () => void this.#tell('hide', () => this.#hide(message)),
      (visibilitySeconds * 1000) / 3,
    );
    const late = new AbortController();
    try {
      await Promise.race([
        handle(message),
        wait(JOB_MS, undefined, { signal: late.signal, ref: false }).then(() => {
          const error = new Error(`job: expected an end within ${JOB_MS / 1000} s, got none`);
          this.#options.onError(error, 'wait for the job');
          throw error;
        }),
      ]);
      clearInterval(hiding);
      await this.#tell('delete', () => queue.delete(message));
    } catch {
      clearInterval(hiding); // whoever handles it has told why
      await this.#tell('retry', () => this.#hide(message, retryAfter(message.tries, retrySeconds)));
    } finally {
      late.abort();
      clearInterval(hiding);
    }
  }

  #hide(message: Message, seconds?: number): Promise<void> {
    return this.#options.queue.hide(message, seconds);
  }

  /** None of these loses a message: it comes again by itself when its time is over. */
  async #tell(doing: string, ask: () => Promise<void>): Promise<void> {
    await ask().catch((error) => this.#options.onError(error, doing));
  }
}

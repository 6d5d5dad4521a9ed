/** The business's figures as CloudWatch's embedded metric format: a line of the log each minute becomes metrics. Holds no person's data. */
import type { User } from '../accounts/users';
import type { Store } from '../redis/store';
import { emf } from './emf';

const EVERY_MS = 60_000;
const DAY_S = 86_400;

type Counts = Record<'SignUps' | 'Orders', number>;

/** One line; `ActiveUsers` is the day's so far, the same from every process: read its maximum. */
export const line = (now: Date, environment: string, { SignUps, Orders }: Counts, activeUsers: number | undefined) =>
  emf(
    'Holdfast/Business',
    environment,
    {
      SignUps: [SignUps, 'Count'],
      Orders: [Orders, 'Count'],
      ...(activeUsers !== undefined && { ActiveUsers: [activeUsers, 'Count'] as const }),
    },
    now,
  );

export class Business {
  readonly #store: Store;
  readonly #environment: string;
  readonly #write: (line: object) => void;
  readonly #timer = setInterval(() => void this.flush(), EVERY_MS).unref();
  #counts: Counts = { SignUps: 0, Orders: 0 };
  /** Users since the last line. */
  #seen = new Set<string>();

  constructor(store: Store, environment: string, write: (line: object) => void) {
    this.#store = store;
    this.#environment = environment;
    this.#write = write;
  }

  signedUp(): void {
    this.#counts.SignUps += 1;
  }

  ordered(): void {
    this.#counts.Orders += 1;
  }

  active({ id }: User): void {
    this.#seen.add(id);
  }

  /** Writes the line of the last minute. Redis counts the day's users for all processes, and may be away. */
  async flush(now = new Date()): Promise<void> {
    const [counts, seen] = [this.#counts, [...this.#seen]];
    this.#counts = { SignUps: 0, Orders: 0 };
    this.#seen = new Set();
    const key = `active:${now.toISOString().slice(0, 10)}`;
    const active = await this.#store
      .run(async (redis) => {
        if (seen.length > 0) await redis.pfadd(key, ...seen);
        await redis.expire(key, 2 * DAY_S);
        return redis.pfcount(key);
      })
      .catch(() => undefined);
    this.#write(line(now, this.#environment, counts, active));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}

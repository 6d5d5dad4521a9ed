/** The business's figures as CloudWatch's embedded metric format: a line of the log each minute becomes metrics. Holds no person's data. */
import type { User } from '../accounts/users';
import type { Store } from '../redis/store';
import { emf } from './emf';
import { DAYS, dayKey, retention } from './retention';

const EVERY_MS = 60_000;
const DAY_S = 86_400;

/** `cents` of orders whose product has a price. */
type Counts = Record<'signUps' | 'orders' | 'cents', number>;
/** The same from every process: read their maximum. Undefined is what nobody knows now. */
interface Shared {
  /** The day's so far. */
  readonly activeUsers?: number;
  /** Percent, of the last two whole weeks; see retention.ts. */
  readonly weekRetention?: number;
}

export const line = (now: Date, environment: string, counts: Counts, { activeUsers, weekRetention }: Shared) =>
  emf(
    'Holdfast/Business',
    environment,
    {
      SignUps: [counts.signUps, 'Count'],
      Orders: [counts.orders, 'Count'],
      Revenue: [counts.cents / 100, 'None'],
      ...(activeUsers !== undefined && { ActiveUsers: [activeUsers, 'Count'] as const }),
      ...(weekRetention !== undefined && { WeekRetention: [weekRetention, 'Percent'] as const }),
    },
    now,
  );

const nothing = (): Counts => ({ signUps: 0, orders: 0, cents: 0 });

export class Business {
  readonly #store: Store;
  readonly #environment: string;
  readonly #write: (line: object) => void;
  readonly #timer = setInterval(() => void this.flush(), EVERY_MS).unref();
  #counts = nothing();
  /** Users since the last line. */
  #seen = new Set<string>();
  /** Of whole days, so it changes at midnight only. */
  #retention: { readonly day: string; readonly percent: number | undefined } | undefined;

  constructor(store: Store, environment: string, write: (line: object) => void) {
    this.#store = store;
    this.#environment = environment;
    this.#write = write;
  }

  signedUp(): void {
    this.#counts.signUps += 1;
  }

  /** @param cents What it costs; nothing where its product has no price. */
  ordered(cents: number | null): void {
    this.#counts.orders += 1;
    this.#counts.cents += cents ?? 0;
  }

  active({ id }: User): void {
    this.#seen.add(id);
  }

  /** Writes the line of the last minute. Redis counts the users for all processes, and may be away. */
  async flush(now = new Date()): Promise<void> {
    const [counts, seen] = [this.#counts, [...this.#seen]];
    this.#counts = nothing();
    this.#seen = new Set();
    const shared = await this.#shared(seen, now).catch(() => ({}));
    this.#write(line(now, this.#environment, counts, shared));
  }

  async #shared(seen: readonly string[], now: Date): Promise<Shared> {
    const key = dayKey(now, 0);
    const activeUsers = await this.#store.run(async (redis) => {
      if (seen.length > 0) await redis.pfadd(key, ...seen);
      await redis.expire(key, (DAYS + 2) * DAY_S);
      return redis.pfcount(key);
    });
    if (this.#retention?.day !== key)
      this.#retention = { day: key, percent: await this.#store.run((redis) => retention(redis, now)) };
    return { activeUsers, weekRetention: this.#retention.percent };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}

/** The visitors of a drill: they come in, go on at a steady rate, and afterwards ask for everything that was acknowledged. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, openLoop, visitor } from './client';
import type { Sample } from './figures';
import { type Ask, credentials, fields, type Held, KINDS, type Kind, login, profile, token, USERS } from './kinds';

/** Each sends fewer than the limiter allows a client, however long the drill. */
const ADDRESSES = 5000;
const AT_ONCE = 8;
const TOKENS = 3;
const ATTEMPTS = 20;
const AGAIN_MS = 500;

/** One second's requests, the kinds spread evenly over it. */
const second = (kinds: Readonly<Record<string, Kind>>): readonly (readonly [string, Kind])[] =>
  Object.entries(kinds)
    .flatMap(([name, kind]) =>
      Array.from({ length: kind.perSecond }, (_, index) => ({ name, kind, at: (index + 0.5) / kind.perSecond })),
    )
    .sort((a, b) => a.at - b.at)
    .map(({ name, kind }) => [name, kind]);

export interface Coming {
  /** What they ask for. @default the usual mix */
  readonly kinds?: Readonly<Record<string, Kind>>;
  /** The name they ask for, where it isn't the URL's. */
  readonly host?: string;
  /** How many register and log in at the same time. @default 8 */
  readonly atOnce?: number;
}

/** Runs them a few at a time, in order. */
async function each<T>(
  all: readonly T[],
  work: (item: T, number: number) => Promise<void>,
  atOnce = AT_ONCE,
): Promise<void> {
  const queue = [...all.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

export interface Kept {
  /** Acknowledged sessions that are unknown now. */
  readonly sessionsLost: number;
  readonly sessions: number;
  /** Acknowledged orders that are missing, or have another id. */
  readonly ordersLost: number;
  readonly orders: number;
  /** Orders that stand there more than once. */
  readonly duplicates: number;
}

export class Visitors implements Held {
  readonly sessions: Held['sessions'] = [];
  readonly tokens: Held['tokens'] = [];
  readonly orders: Held['orders'] = [];
  readonly samples: Sample[] = [];
  /** Kinds of the requests that wait for their answer. */
  readonly waiting = new Set<{ readonly kind: string }>();
  readonly #client: Client;
  readonly #second: readonly (readonly [string, Kind])[];
  readonly #host: Readonly<Record<string, string>>;
  readonly #atOnce: number | undefined;
  #address = 0;

  constructor(url: string, { kinds = KINDS, host, atOnce }: Coming = {}) {
    this.#atOnce = atOnce;
    this.#client = new Client(url);
    this.#second = second(kinds);
    this.#host = host ? { host } : {};
  }

  /** Registers the users, who log in; some take a token. */
  async comeIn(): Promise<void> {
    const users = Array.from({ length: USERS });
    const register = async (_: unknown, number: number) => {
      const request = { method: 'POST', path: '/api/register', body: credentials(number) } as const;
      await this.#must({ request, accept: ({ status }) => status === 201 });
    };
    const enter = async (_: unknown, number: number) => {
      await this.#must(login(this, number));
      if (number < TOKENS) await this.#must(token(this, number));
    };
    for (const step of [register, enter]) await each(users, step, this.#atOnce);
  }

  /** The mix, until it is over. */
  async goOn(over: AbortSignal): Promise<readonly Sample[]> {
    const before = this.samples.length;
    const all = this.#second;
    await openLoop(all.length, over, async (number, due) => {
      const [name, kind] = all[number % all.length] as (typeof all)[number];
      const { request, accept } = kind.ask(this, before + number);
      const mine = { kind: name };
      this.waiting.add(mine);
      const answer = await this.#send(request);
      this.waiting.delete(mine);
      const ms = performance.now() - due;
      const release = answer.headers['x-release'];
      const of = typeof release === 'string' ? { release } : {};
      this.samples.push({ kind: name, due, ms, status: answer.status, ok: accept(answer), ...of });
    });
    return this.samples.slice(before);
  }

  /** Asks for every session, sends every order again twice, and reads the lists. */
  async check(): Promise<Kept> {
    let [sessionsLost, ordersLost, duplicates] = [0, 0, 0];
    const acknowledged = this.orders.filter(({ id }) => id !== undefined);
    await each([...this.sessions], async (session) => {
      const { request, accept } = profile(session);
      if (!accept(await this.#send(request))) sessionsLost += 1;
    });
    await each([...this.orders], async ({ request, id }) => {
      const again = fields(await this.#send(request)).id;
      const oncemore = fields(await this.#send(request)).id;
      if (id !== undefined && again !== id) ordersLost += 1;
      if (again !== oncemore) duplicates += 1;
    });
    return { sessionsLost, sessions: this.sessions.length, ordersLost, orders: acknowledged.length, duplicates };
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #send(request: Ask['request']) {
    this.#address = (this.#address + 1) % ADDRESSES;
    const headers = { ...request.headers, ...this.#host };
    return this.#client.send({ ...request, headers, from: visitor(this.#address) });
  }

  async #must({ request, accept }: Ask): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#send(request);
      if (accept(answer)) return;
      if (answer.status !== 503 || attempt === ATTEMPTS)
        throw new Error(`${request.path}: expected a right answer, got ${answer.status} ${answer.text}`);
      await wait(AGAIN_MS); // a busy machine refuses logins
    }
  }
}

/** Counters of the rate limit, shared by all processes: a store for @fastify/rate-limit. Without Redis nobody is limited. */
import type { Counter } from 'prom-client';
import { Unavailable } from '../http/errors';
import type { Store } from './store';

/** In one step, since INCR and EXPIRE apart leave a counter without an end when the process dies between them. */
const TAKE = `
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {count, left}`;

/** A client that is over the limit is remembered until its window ends: refusing it must cost less than serving it. */
const REMEMBERED = 10_000;

type Answer = (error: Error | null, result?: { current: number; ttl: number }) => void;

/** A class, as the plugin makes its stores itself. `unlimited` counts the requests that passed uncounted. */
export const limitStore = (store: Store, unlimited: Counter) =>
  class {
    /** Client → when its window ends. */
    readonly #over = new Map<string, number>();

    incr(client: string, answer: Answer, windowMs: number, most: number): void {
      const left = (this.#over.get(client) ?? 0) - Date.now();
      if (left > 0) {
        answer(null, { current: most + 1, ttl: left });
        return;
      }
      this.#take(client, windowMs).then(
        ([current, ttl]) => {
          if (current > most) this.#remember(client, Date.now() + ttl);
          answer(null, { current, ttl });
        },
        (error) => {
          unlimited.inc();
          answer(error);
        },
      );
    }

    async #take(client: string, windowMs: number): Promise<[number, number]> {
      if (!store.answers) throw new Unavailable('redis does not answer');
      const answer = await store.run((redis) => redis.eval(TAKE, 1, `limit:${client}`, windowMs));
      return answer as [number, number];
    }

    #remember(client: string, until: number): void {
      if (this.#over.size >= REMEMBERED) this.#over.clear();
      this.#over.set(client, until);
    }

    child() {
      return this;
    }
  };

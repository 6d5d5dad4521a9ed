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

type Answer = (error: Error | null, result?: { current: number; ttl: number }) => void;

/** A class, as the plugin makes its stores itself. `unlimited` counts the requests that passed uncounted. */
export const limitStore = (store: Store, unlimited: Counter) =>
  class {
    incr(client: string, answer: Answer, windowMs: number): void {
      this.#take(client, windowMs).then(
        ([current, ttl]) => answer(null, { current, ttl }),
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

    child() {
      return this;
    }
  };

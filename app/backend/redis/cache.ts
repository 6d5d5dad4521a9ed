/** Cache-aside in Redis: asked once for all who ask at the same time, kept for about an hour. Without Redis it only asks more often. */
import { createCache } from 'async-cache-dedupe';
import type { Redis } from 'ioredis';
import type { Counter } from 'prom-client';
import type { Store } from './store';

/** The guide: 3600 s; spread by a tenth, so that what was cached together doesn't end together. */
const SECONDS = 3600;
const seconds = () => Math.round(SECONDS * (0.95 + Math.random() / 10));

/** Wraps a look-up by id. `results` counts by its label `result`: hit, miss, shared. */
export function cached<T>(
  name: string,
  store: Store,
  results: Counter<'result'>,
  load: (id: string) => Promise<T>,
): (id: string) => Promise<T> {
  const cache = createCache({
    storage: { type: 'redis', options: { client: store.client as Redis } },
    ttl: seconds,
    onHit: () => results.inc({ result: 'hit' }),
    onMiss: () => results.inc({ result: 'miss' }),
    onDedupe: () => results.inc({ result: 'shared' }),
  }).define(name, load);
  return cache[name] as (id: string) => Promise<T>;
}

/** The guide's 100 requests in 15 minutes of one client on `/api/`, counted in Redis for all processes. Fails open in an outage. */
import { isIPv6 } from 'node:net';
import plugin from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Counter } from 'prom-client';
import { limitStore } from '../redis/limits';
import type { Store } from '../redis/store';
import type { RateLimit } from '../settings';

/** The first four groups: who has one IPv6 address has 2^64 of them. */
export function clientOf({ ip }: Pick<FastifyRequest, 'ip'>): string {
  if (!isIPv6(ip) || ip.startsWith('::ffff:')) return ip.replace('::ffff:', '');
  const [head = '', tail] = ip.split('::');
  const groups = head.split(':').filter(Boolean);
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length;
  return `${[...groups, ...Array(missing).fill('0')].slice(0, 4).join(':')}::/64`;
}

/** NGINX repeats a refusal to its client for so long, and a flood doesn't come this far. */
const REPEATED_S = '1';

export async function rateLimit(
  app: FastifyInstance,
  limit: RateLimit,
  store: Store,
  unlimited: Counter,
): Promise<void> {
  app.addHook('onSend', (_, reply, payload, done) => {
    if (reply.statusCode === 429) reply.header('x-accel-expires', REPEATED_S);
    done(null, payload);
  });
  await app.register(plugin, {
    max: limit.requests,
    timeWindow: limit.seconds * 1000,
    keyGenerator: clientOf,
    allowList: ({ url }) => !url.startsWith('/api/'),
    store: limitStore(store, unlimited),
    skipOnError: true,
    enableDraftSpec: true,
    errorResponseBuilder: (_, { ttl }) => ({
      statusCode: 429,
      error: `Too many requests. Try again in ${Math.ceil(ttl / 1000)} s.`,
    }),
  });
}

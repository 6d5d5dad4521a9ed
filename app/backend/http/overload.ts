/** Refuses what can't be served in time, with 503 and Retry-After, before any work is done for it. Health is always answered. */
import pressure from '@fastify/under-pressure';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Unavailable } from './errors';

/** Requests under way at once in this process; the next ones are refused. */
const MOST_AT_ONCE = 256;
/** Milliseconds the event loop may lag: what waits longer than this is better sent to another process. */
const MOST_LAG_MS = 250;

export const isHealth = (url: string): boolean => /^\/(livez|readyz|health|metrics)(\?|$)/.test(url);

/** A socket is never "answered", and health must be: neither takes a place. Sockets have a limit of their own. */
const takesPlace = ({ url, routeOptions }: FastifyRequest) => routeOptions.url !== '/ws' && !isHealth(url);

export async function overload(app: FastifyInstance): Promise<void> {
  let underWay = 0;
  // before the pressure's own hook: what that refuses is answered too, and then no longer under way
  app.addHook('onRequest', async (request, reply) => {
    if (!takesPlace(request)) return;
    underWay += 1;
    reply.raw.once('close', () => {
      underWay -= 1; // onResponse never comes for a client that leaves in the middle of its body
    });
    if (underWay > MOST_AT_ONCE) throw new Unavailable('too many requests at once');
  });
  await app.register(pressure, {
    maxEventLoopDelay: MOST_LAG_MS,
    sampleInterval: 250,
    retryAfter: 2,
    pressureHandler: ({ url }) => {
      if (!isHealth(url)) throw new Unavailable('the event loop lags');
    },
  });
}

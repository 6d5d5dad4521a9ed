/** The HTTP application around the routes: security headers, errors, foreign requests, overload. Opens no port. */
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import pressure from '@fastify/under-pressure';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import { accounts } from './accounts';
import { type Checks, health } from './health';
import type { Sessions } from './sessions';
import type { Settings } from './settings';
import type { Users } from './users';

export interface Parts {
  readonly settings: Settings;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly checks: Checks;
  readonly draining: () => boolean;
}

/** Longer than the balancer's idle timeout of 60 s, or it reuses a connection that we are closing: a 502. */
const KEEP_ALIVE_MS = 65_000;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a browser says that another site sent this request. Clients that say nothing pass. */
export function foreign({
  method,
  headers,
  host,
  protocol,
}: Pick<FastifyRequest, 'method' | 'headers' | 'host' | 'protocol'>): boolean {
  if (SAFE.has(method)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return headers.origin !== undefined && headers.origin !== `${protocol}://${host}`;
}

/** Field → what is wrong with it, from what the schema's validator found. */
export const fieldErrors = (found: NonNullable<FastifyError['validation']>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    found.map(({ instancePath, params, message = 'is wrong' }) => [
      instancePath.slice(1) || String(params.missingProperty ?? params.additionalProperty ?? 'body'),
      params.missingProperty ? 'is missing' : message,
    ]),
  );

export async function application({ settings, users, sessions, checks, draining }: Parts): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { redact: ['req.headers.cookie', 'req.headers.authorization'] },
    trustProxy: settings.trustProxy,
    keepAliveTimeout: KEEP_ALIVE_MS,
    bodyLimit: 64 * 1024,
    ajv: { customOptions: { allErrors: true, removeAdditional: false, coerceTypes: false } },
    forceCloseConnections: 'idle',
  });
  await app.register(cookie, { secret: [...settings.sessionSecrets] });
  await app.register(helmet, { xFrameOptions: { action: 'sameorigin' } });
  await app.register(pressure, { maxEventLoopDelay: 1000, retryAfter: 5, pressureHandler: undefined });

  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (foreign(request)) return reply.code(403).send({ error: 'Requests from other sites are refused.' });
  });
  app.addHook('onSend', async (_, reply) => {
    if (draining()) reply.header('connection', 'close'); // decided when answering: a request may be older than the drain
  });
  app.setNotFoundHandler((_, reply) => reply.code(404).send({ error: 'Not found.' }));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.validation)
      return reply.code(400).send({ error: 'Invalid input.', fields: fieldErrors(error.validation) });
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, 'request failed');
    if (status === 503) reply.header('retry-after', '2');
    const said = status === 503 ? 'Temporarily unavailable.' : status >= 500 ? 'Something went wrong.' : error.message;
    return reply.code(status).send({ error: said });
  });

  health(app, checks, draining);
  accounts(app, users, sessions);
  return app;
}

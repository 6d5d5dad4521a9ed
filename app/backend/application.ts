/** The HTTP application around the routes: limits, headers, foreign requests, errors. Opens no port. */
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import Fastify, { type FastifyInstance, type FastifyReply, LogController } from 'fastify';
import securityHeaders from '../server/security-headers.json';
import { type AccountParts, accounts } from './accounts/routes';
import type { Drain } from './http/drain';
import { errors } from './http/errors';
import { forged } from './http/foreign';
import { type Checks, health } from './http/health';
import { overload } from './http/overload';
import { LOG_OPTIONS } from './http/personal';
import { rateLimit } from './http/rate-limit';
import { requestId, requestLog } from './http/request-log';
import type { Sockets } from './http/websocket';
import type { Metrics } from './metrics/metrics';
import type { Optional } from './optional';
import type { Orders } from './orders/orders';
import { type Product, productRoutes } from './orders/products';
import { orderRoutes } from './orders/routes';
import type { Store } from './redis/store';
import type { Settings } from './settings';

export interface Parts extends AccountParts, Partial<Optional> {
  readonly settings: Settings;
  readonly orders: Orders;
  readonly product: (id: string) => Promise<Product | null>;
  readonly store: Store;
  readonly sockets: Sockets;
  readonly metrics: Metrics;
  readonly checks: Checks;
  readonly drain: Drain;
}

/** Longer than NGINX keeps an idle connection (2 s), and than a balancer that asks without NGINX (60 s): else it sends on one that we are closing. */
const KEEP_ALIVE_MS = 65_000;
/** A whole request must have come by then, and its headers earlier: slow clients are NGINX's part, these are for its absence. */
const REQUEST_MS = 30_000;
const HEADERS_MS = 15_000;
const BODY_BYTES = 64 * 1024;
/** NGINX's table too. Put together once: @fastify/helmet does it for every request, a quarter of a session read's CPU. */
const HEADERS = { ...securityHeaders, 'Cache-Control': 'no-store' };

export async function application(parts: Parts): Promise<FastifyInstance> {
  const { settings, metrics, drain, visitors, business } = parts;
  const app = Fastify({
    logger: { level: settings.logLevel, ...LOG_OPTIONS },
    logController: new LogController({ disableRequestLogging: true }), // http/request-log.ts writes one line of its own
    genReqId: requestId,
    trustProxy: (_address, hop) => hop < settings.trustedProxies,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_MS,
    http: { headersTimeout: HEADERS_MS },
    bodyLimit: BODY_BYTES,
    ajv: { customOptions: { allErrors: true, removeAdditional: false, coerceTypes: false } },
    forceCloseConnections: 'idle',
    return503OnClosing: false, // what arrives while we leave is still served
    frameworkErrors: (_, __, reply: FastifyReply) =>
      void reply.code(400).send({ error: 'The request cannot be understood.' }),
  });
  parts.tracing?.watch(app);
  const { reports } = parts;
  errors(
    app,
    reports && ((error, request) => reports.tell(error, `${request.method} ${request.routeOptions.url}`, request.id)),
  );
  requestLog(app, metrics.requestSeconds);
  app.addHook('onRequest', (_, reply, done) => {
    reply.headers(HEADERS);
    done();
  });
  await overload(app);
  await app.register(cookie, { secret: [...settings.sessionSecrets] });
  if (settings.corsOrigins.length > 0)
    await app.register(cors, { origin: [...settings.corsOrigins], credentials: true, maxAge: 600 });

  app.addHook('onRequest', async (request, reply) => {
    if (forged(request, settings.corsOrigins))
      return reply.code(403).send({ error: 'Requests from other sites are refused.' });
  });
  drain.serve(app);
  if (settings.rateLimit) await rateLimit(app, settings.rateLimit, parts.store, metrics.unlimited);
  app.setNotFoundHandler(
    settings.rateLimit ? { preHandler: app.rateLimit() } : {},
    (_, reply) => void reply.code(404).send({ error: 'Not found.' }),
  );

  health(app, parts.checks, drain.begun);
  metrics.serve(app);
  accounts(app, parts);
  orderRoutes(app, parts.orders, visitors, business);
  productRoutes(app, parts.product);
  await parts.sockets.serve(app);
  return app;
}

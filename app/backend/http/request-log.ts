/** One structured line for each request when it is answered, and its duration for the metrics. Holds no cookie, token, body, query or address. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Histogram } from 'prom-client';
import { isHealth } from './overload';
import { networkOf } from './personal';

const first = (value: string | readonly string[] | undefined) => (typeof value === 'string' ? value : value?.[0]);

/** The caller's id when it is a plain one, so that lines of NGINX and Node meet; else a new one. */
export const requestId = ({ headers }: IncomingMessage): string => {
  const given = first(headers['x-request-id']) ?? '';
  return /^[\w.:=-]{1,128}$/.test(given) ? given : randomUUID();
};

/** The balancer's trace id, or that of W3C's trace context. */
const traceOf = ({ headers }: FastifyRequest) => first(headers['x-amzn-trace-id']) ?? first(headers.traceparent);

const TOO_MANY = 429;

export function requestLog(app: FastifyInstance, seconds: Histogram<'method' | 'route' | 'status'>): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    if (isHealth(request.url)) return;
    const { method, routeOptions } = request;
    const route = routeOptions.url ?? 'none';
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    seconds.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    if (reply.statusCode === TOO_MANY) return; // who floods us must not make us write as much; the metrics count it
    const network = networkOf(request.ip);
    request.log.info({ method, route, status: reply.statusCode, ms, network, trace: traceOf(request) }, 'answered');
  });
}

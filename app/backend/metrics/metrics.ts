/** What Prometheus is told at `/metrics`, which NGINX lets nobody outside reach. The business's figures are in `business.ts`. */
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Passwords } from '../accounts/passwords';
import type { Database } from '../data/database';

/** From a session read to the slowest statement that is allowed. */
const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

export class Metrics {
  readonly registry = new Registry();
  readonly #shared = { registers: [this.registry] };

  readonly requestSeconds = new Histogram({
    ...this.#shared,
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: SECONDS,
  });
  readonly unlimited = new Counter({
    ...this.#shared,
    name: 'rate_limit_unavailable_total',
    help: 'Requests that passed uncounted, since Redis did not answer',
  });
  readonly cacheResults = new Counter({
    ...this.#shared,
    name: 'cache_results_total',
    help: 'Look-ups in the cache: hit, miss, or shared with another that was under way',
    labelNames: ['result'] as const,
  });
  readonly sockets = new Gauge({ ...this.#shared, name: 'websocket_connections', help: 'Open WebSockets' });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Gauges that are read when somebody asks. */
  watch(database: Database, passwords: Passwords): void {
    const connections = new Gauge({
      ...this.#shared,
      name: 'database_pool',
      help: 'Connections to a database by state, and callers that wait for one',
      labelNames: ['server', 'state'] as const,
      collect: () => {
        for (const { server, ...states } of database.loads)
          for (const [state, count] of Object.entries(states)) connections.set({ server, state }, count);
      },
    });
    const waiting: Gauge = new Gauge({
      ...this.#shared,
      name: 'password_hashes_waiting',
      help: 'Logins that wait for their password hash',
      collect: () => waiting.set(passwords.waiting),
    });
  }

  serve(app: FastifyInstance): void {
    app.get('/metrics', async (_, reply) => {
      reply.header('content-type', this.registry.contentType);
      return this.registry.metrics();
    });
  }
}

/** Spans of requests, statements and Redis commands, sent over OTLP. A program of its own beside the server, loaded only where it is on. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, RandomIdGenerator, TracerProvider } from '@opentelemetry/sdk-trace';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import type { Database } from '../data/database';
import type { Store } from '../redis/store';
import { type Caller, callerOf } from './caller';

export interface TracingOptions {
  /** Share of the requests that are traced, 0 to 1. Ours alone to choose: a visitor can't ask for it. */
  readonly rate: number;
  /** Where OTLP over HTTP is taken. */
  readonly url: string;
  readonly environment: string;
  /** Tells this process from others on the same machine. */
  readonly port: number;
}

/** Spans that wait to be sent; what is above is dropped. */
const MOST_WAITING = 1024;
const SEND = {
  maxQueueSize: MOST_WAITING,
  maxExportBatchSize: 256,
  scheduledDelayMillis: 2000,
  exportTimeoutMillis: 3000,
};

/** Never answered, or asked by machines every few seconds. */
const UNTRACED = /^\/(livez|readyz|health|metrics|ws)(\?|$)/;

export class Tracing {
  readonly #rate: number;
  readonly #provider: TracerProvider;
  readonly #requests = new WeakMap<FastifyRequest, Span>();
  /** Of the trace that the next span begins; random where its caller named none. */
  #traceId: string | undefined;
  readonly #current = new AsyncLocalStorage<Span>();

  constructor({ rate, url, environment, port }: TracingOptions) {
    this.#rate = rate;
    const random = new RandomIdGenerator();
    this.#provider = new TracerProvider({
      idGenerator: { ...random, generateTraceId: () => this.#traceId ?? random.generateTraceId() },
      resource: resourceFromAttributes({
        'service.name': 'holdfast-backend',
        'service.instance.id': `${hostname()}:${port}`,
        'deployment.environment.name': environment,
      }),
      spanProcessors: [
        new BatchSpanProcessor({ ...SEND, exporter: new OTLPTraceExporter({ url, timeoutMillis: 2000 }) }),
      ],
    });
  }

  /** A span for each request that is chosen, from its first byte to the last of its answer. */
  watch(app: FastifyInstance): void {
    app.addHook('onRequest', (request, _, done) => {
      if (UNTRACED.test(request.url) || Math.random() >= this.#rate) return done();
      const span = this.#begin(
        request.method,
        SpanKind.SERVER,
        { 'http.request.method': request.method },
        callerOf(request.headers),
      );
      this.#requests.set(request, span);
      this.#current.run(span, done);
    });
    // the body's events come from the socket, which knows of no span
    app.addHook('preValidation', (request, _, done) => {
      const span = this.#requests.get(request);
      if (span) this.#current.run(span, done);
      else done();
    });
    app.addHook('onResponse', async (request, { statusCode }) => {
      const span = this.#ended(request);
      if (!span) return;
      const route = request.routeOptions.url ?? 'none';
      span.updateName(`${request.method} ${route}`);
      span.setAttributes({ 'http.route': route, 'http.response.status_code': statusCode, 'request.id': request.id });
      if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    app.addHook('onRequestAbort', async (request) => {
      this.#ended(request)?.setStatus({ code: SpanStatusCode.ERROR, message: 'the client left' }).end();
    });
  }

  /** A span for each statement: its text, whose values are parameters and stay out. */
  watchDatabase(database: Database): void {
    for (const how of ['write', 'safely', 'read'] as const) {
      const ask = database[how].bind(database) as (sql: string, values?: readonly unknown[]) => Promise<never>;
      database[how] = (sql: string, values?: readonly unknown[]) =>
        this.#within(
          sql.trimStart().split(/\s/, 1)[0]?.toUpperCase() ?? '',
          { 'db.system.name': 'postgresql', 'db.query.text': sql, 'holdfast.database': how },
          () => ask(sql, values),
        );
    }
  }

  /** A span for each command: its name, without keys and values. */
  watchRedis(store: Store): void {
    for (const client of store.clients as readonly Redis[]) {
      const send = client.sendCommand.bind(client);
      client.sendCommand = (command, ...rest) => {
        const ended = () => command.promise.then(Boolean, Boolean); // whoever sent it hears of its failure
        if (this.#current.getStore())
          void this.#within(command.name.toUpperCase(), { 'db.system.name': 'redis' }, ended);
        return send(command, ...rest);
      };
    }
  }

  /** What waits is sent, within 2 s. */
  async close(): Promise<void> {
    await this.#provider.forceFlush({ timeoutMillis: 2000 }).catch(() => undefined);
    await this.#provider.shutdown().catch(() => undefined);
  }

  #begin(name: string, kind: SpanKind, attributes: Attributes, caller?: Caller): Span {
    this.#traceId = caller?.traceId;
    const context = caller?.spanId
      ? trace.setSpanContext(ROOT_CONTEXT, {
          traceId: caller.traceId,
          spanId: caller.spanId,
          traceFlags: TraceFlags.SAMPLED,
        })
      : ROOT_CONTEXT;
    return this.#provider.getTracer('holdfast').startSpan(name, { kind, attributes }, context);
  }

  #ended(request: FastifyRequest): Span | undefined {
    const span = this.#requests.get(request);
    this.#requests.delete(request);
    return span;
  }

  /** Does it within a span where a request is traced, and merely does it elsewhere. */
  async #within<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
    const parent = this.#current.getStore();
    if (!parent) return work();
    const span = this.#begin(name, SpanKind.CLIENT, attributes, parent.spanContext());
    try {
      return await this.#current.run(span, work);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).name });
      throw error;
    } finally {
      span.end();
    }
  }
}

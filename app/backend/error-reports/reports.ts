/** Errors told to an error tracker that speaks Sentry's protocol. A program of its own beside the server, loaded only where a DSN is given. */
import { createStackParser, createTransport, type ErrorEvent, type Event, Scope } from '@sentry/core';
import { nodeStackLineParser, ServerRuntimeClient } from '@sentry/core/server';
import { masked } from './masked';

export interface ReportsOptions {
  /** https://KEY@HOST/PROJECT */
  readonly dsn: string;
  readonly environment: string;
}

/** Of one report. */
const SEND_MS = 3000;
/** Reports that wait to be sent; what is above is dropped. */
const MOST_WAITING = 30;
/** Of the same error one report in so long. */
const AGAIN_MS = 60_000;
const MOST_KINDS = 500;

const kindOf = ({ exception }: Event) => {
  const { type, value, stacktrace } = exception?.values?.[0] ?? {};
  const { filename, lineno } = stacktrace?.frames?.at(-1) ?? {};
  return `${type} ${value} ${filename}:${lineno}`;
};

export class Reports {
  readonly #client: ServerRuntimeClient;
  /** Kind of error → when it was last told. */
  readonly #told = new Map<string, number>();

  constructor({ dsn, environment }: ReportsOptions) {
    this.#client = new ServerRuntimeClient({
      dsn,
      environment,
      platform: 'node',
      runtime: { name: 'node', version: process.version },
      integrations: [],
      stackParser: createStackParser(nodeStackLineParser()),
      sendClientReports: false,
      beforeSend: (event) => (this.#news(event) ? (masked(event) as ErrorEvent) : null),
      transport: (options) =>
        createTransport({ ...options, bufferSize: MOST_WAITING }, async ({ body }) => {
          const response = await fetch(options.url, {
            method: 'POST',
            headers: options.headers,
            body: body as string,
            signal: AbortSignal.timeout(SEND_MS),
          });
          await response.body?.cancel();
          const { headers, status } = response;
          const limits = ['x-sentry-rate-limits', 'retry-after'].map((name) => [name, headers.get(name)]);
          return { statusCode: status, headers: Object.fromEntries(limits) };
        }),
    });
    this.#client.init();
  }

  /** Never throws, and nobody waits for it. @param where such as 'GET /api/orders' */
  tell(error: unknown, where?: string, requestId?: string): void {
    const scope = new Scope();
    if (where) scope.setTransactionName(where);
    if (requestId) scope.setTag('request', requestId);
    this.#client.captureException(error, undefined, scope);
  }

  /** What nobody caught ends the process as it would without us, once it is told. */
  watchProcess(): void {
    process.once('uncaughtException', async (error) => {
      console.error(error);
      this.tell(error);
      await this.close();
      process.exit(1);
    });
  }

  /** What waits is sent, within 2 s. */
  async close(): Promise<void> {
    await this.#client.close(2000);
  }

  #news(event: Event): boolean {
    const now = Date.now();
    const kind = kindOf(event);
    if (now - (this.#told.get(kind) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return false;
    if (this.#told.size >= MOST_KINDS) this.#told.clear();
    this.#told.set(kind, now);
    return true;
  }
}

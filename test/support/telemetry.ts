/** A stand-in for whatever takes spans or error reports over HTTP: keeps what comes, and answers well, badly, late or not at all. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

export interface Taken {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export class Receiver {
  readonly taken: Taken[] = [];
  /** What it answers with. */
  status = 200;
  headers: Readonly<Record<string, string>> = {};
  /** Before it answers. */
  delayMs = 0;

  readonly #server = createServer(async (request, response) => {
    const body = await buffer(request);
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
    this.taken.push({ path: request.url ?? '', headers: request.headers, text });
    await wait(this.delayMs, undefined, { ref: false });
    response.writeHead(this.status, { 'content-type': 'application/json', ...this.headers }).end('{}');
  });

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

interface Sent {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly [type: string]: unknown } }[];
}

/** Spans in OTLP's JSON, with their attributes by name. */
export const spansIn = (taken: readonly Taken[]) =>
  taken
    .flatMap(({ text }) => JSON.parse(text).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }): readonly Sent[] => spans)
    .map(({ attributes, ...span }) => ({
      ...span,
      attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
    }));

/** The events in Sentry's envelopes: lines of JSON, an item's header before its body. */
export const eventsIn = (taken: readonly Taken[]) =>
  taken.flatMap(({ text }) => {
    const [, ...lines] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return lines.flatMap((line, index) => (line.type === 'event' ? [lines[index + 1]] : []));
  });

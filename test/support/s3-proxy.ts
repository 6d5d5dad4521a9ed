/** A proxy before an S3 server that lets requests pass, refuses them, or loses their answers, as a test decides. */
import { Agent, createServer, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { end, portOf } from './nginx';

export interface Asked {
  /** Counts from 1. */
  readonly number: number;
  readonly method: string;
  /** Decoded, without the bucket. */
  readonly key: string;
  readonly bucket: string;
  readonly query: URLSearchParams;
}

/** 'lose' carries the request out and drops its answer; 'cut' drops it unread; any other word is the code of a refusal. */
export type Fate = 'pass' | 'lose' | 'cut' | keyof typeof STATUS;

export interface S3Proxy {
  readonly url: string;
  /** All so far. */
  readonly seen: Asked[];
  /** May be changed at any time. */
  fate: (asked: Asked) => Fate | Promise<Fate>;
  /** Called when a request has been carried out, before its answer goes back. */
  done: (asked: Asked) => void;
  /** Forgets what it saw, and lets everything pass. */
  calm(): void;
  close(): Promise<void>;
}

const STATUS = { AccessDenied: 403, InvalidAccessKeyId: 403, SlowDown: 503 } as const;

function refuse(answer: ServerResponse, code: keyof typeof STATUS): void {
  answer.writeHead(STATUS[code], { 'content-type': 'application/xml' });
  answer.end(`<Error><Code>${code}</Code><Message>refused by the test</Message></Error>`);
}

export async function s3Proxy(upstream: string): Promise<S3Proxy> {
  const agent = new Agent({ keepAlive: true });
  const { hostname, port } = new URL(upstream);
  const seen: Asked[] = [];
  const server = createServer(async (incoming, answer) => {
    const { method = '', url = '', headers } = incoming;
    const { pathname, searchParams } = new URL(url, upstream);
    const [, bucket = '', ...rest] = pathname.split('/');
    const key = decodeURIComponent(rest.join('/'));
    const asked: Asked = { number: seen.length + 1, method, key, bucket, query: searchParams };
    seen.push(asked);
    const fate = await proxy.fate(asked);
    if (fate === 'cut') return void incoming.socket.destroy();
    const body = await buffer(incoming).catch(() => undefined);
    if (!body) return; // the client was killed while it sent
    if (fate !== 'pass' && fate !== 'lose') return refuse(answer, fate);
    const passed = request({ agent, hostname, port, method, path: url, headers }, async (back) => {
      const bytes = await buffer(back);
      proxy.done(asked);
      if (fate === 'lose') return void incoming.socket.destroy();
      const { connection: _, 'transfer-encoding': __, ...kept } = back.headers;
      answer.writeHead(back.statusCode ?? 500, kept);
      answer.end(bytes);
    });
    passed.on('error', () => incoming.socket.destroy());
    passed.end(body);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const proxy: S3Proxy = {
    url: `http://127.0.0.1:${portOf(server)}`,
    seen,
    fate: () => 'pass',
    done: () => {},
    calm() {
      seen.length = 0;
      proxy.fate = () => 'pass';
      proxy.done = () => {};
    },
    async close() {
      agent.destroy();
      await end(server);
    },
  };
  return proxy;
}

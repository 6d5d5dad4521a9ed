/** Requests over a fixed number of connections, each sending the next when the last is answered: as fast as the server can. Not a model of visitors. */
import { createHistogram } from 'node:perf_hooks';
import { Pool } from 'undici';

/** As many logins as the backend lets wait; more would be refused. */
const CONNECTIONS = 16;

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly expect: number;
}

/** As NGINX would have sent it. */
const PROXY = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https', 'content-type': 'application/json' };

export interface Driven {
  readonly requests: number;
  readonly seconds: number;
  readonly p99Ms: number;
}

export const client = (port: number) => new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS });

/** The answer's cookie. Throws when it isn't what is expected: a figure of errors is none. */
export async function ask(pool: Pool, { method, path, headers, body, expect }: Request): Promise<string> {
  const answer = await pool.request({
    method,
    path,
    headers: { ...PROXY, ...headers },
    body: body && JSON.stringify(body),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== expect)
    throw new Error(`${method} ${path}: expected ${expect}, got ${answer.statusCode}: ${text.slice(0, 200)}`);
  return String([answer.headers['set-cookie'] ?? ''].flat().find((each) => each.includes('='))).split(';')[0] ?? '';
}

/** Until `more` says no; it is told the number of requests sent and the milliseconds since the first. */
export async function drive(
  pool: Pool,
  next: (index: number) => Request,
  more: (sent: number, ms: number) => boolean,
): Promise<Driven> {
  const times = createHistogram();
  const begin = performance.now();
  let sent = 0;
  const connection = async () => {
    while (more(sent, performance.now() - begin)) {
      const from = performance.now();
      await ask(pool, next(sent++));
      times.record(Math.max(1, Math.round((performance.now() - from) * 1000)));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return { requests: sent, seconds: (performance.now() - begin) / 1000, p99Ms: times.percentile(99) / 1000 };
}

/** One request as the balancer passes it on, and an open loop of them: each is sent when it is due, whatever became of the others. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';

export interface Request {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  /** The visitor's address, which the balancer writes into X-Forwarded-For. */
  readonly from: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  /** What went wrong on the way instead, such as ECONNRESET. */
  readonly status: number | string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Longer than every deadline of the system's. */
const GIVE_UP_MS = 15_000;

export class Client {
  readonly #pool: Pool;

  /** `connections`: most at once. @default as many as wait for an answer */
  constructor(url: string, connections?: number) {
    const limits = { headersTimeout: GIVE_UP_MS, bodyTimeout: GIVE_UP_MS, connect: { timeout: 5000 } };
    this.#pool = new Pool(url, { ...limits, connections });
  }

  /** Never rejects. */
  async send({ method = 'GET', path, from, body, headers }: Request): Promise<Answer> {
    const all = {
      'x-forwarded-for': from,
      'x-forwarded-proto': 'https',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    };
    try {
      const answer = await this.#pool.request({
        method,
        path,
        headers: all,
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return { status: code ?? message, headers: {}, text: '' };
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

/** `10.a.b.c`: as many visitors as are asked for. */
export const visitor = (number: number): string => `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;

/** Calls `send` so many times a second with its number and when it was due, until it is over. Resolves when every call has. */
export async function openLoop(
  perSecond: number,
  over: AbortSignal,
  send: (number: number, due: number) => Promise<void>,
): Promise<void> {
  const begin = performance.now();
  const sent: Promise<void>[] = [];
  for (let number = 0; !over.aborted; number++) {
    const due = begin + (number * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await wait(early);
    sent.push(send(number, due));
  }
  await Promise.all(sent);
}

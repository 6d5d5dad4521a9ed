/** One POST whose whole answer must come in time, and whether another try may help. Lighter than fetch: it loads nothing. */
import { request as http, type OutgoingHttpHeaders } from 'node:http';
import { request as https } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly retryAfterMs?: number;
  readonly body: string;
}

/** A page of DynamoDB's is 1 MB of values, and their names. */
const LONGEST_BODY = 8_000_000;

/** Rejects when there was no whole answer within `ms`, however slowly it comes. */
export const post = (url: string, headers: OutgoingHttpHeaders, body: string, ms: number): Promise<Answer> =>
  new Promise((done, failed) => {
    const asked = (url.startsWith('https:') ? https : http)(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    const limit = setTimeout(() => asked.destroy(new Error(`no whole answer within ${ms / 1000} s`)), ms);
    asked.once('error', failed);
    asked.once('close', () => clearTimeout(limit));
    asked.once('response', (answer) => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > LONGEST_BODY) asked.destroy(new Error('an answer of more than 8 MB'));
        pieces.push(piece);
      });
      answer.once('error', failed);
      answer.once('end', () => {
        const after = Number(answer.headers['retry-after']);
        done({
          status: answer.statusCode ?? 0,
          body: Buffer.concat(pieces).toString(),
          ...(after > 0 && { retryAfterMs: after * 1000 }),
        });
      });
    });
    asked.end(body);
  });

/** Why something was not done; `passing` says that it may be later. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly passing: boolean,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

export const isPassing = (status: number) => status === 429 || status >= 500;

const FIRST_WAIT_MS = 500;
const TRIES = 3;

/**
 * Tries again what failed in passing, with growing waits, or that which the other side asks for.
 * @param until ms since 1970; a wait that would go beyond isn't begun
 */
export async function patiently<T>(work: () => Promise<T>, until: number, firstWaitMs = FIRST_WAIT_MS): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const refused = error instanceof Refused ? error : new Refused((error as Error).message, true);
      const wait = refused.retryAfterMs ?? firstWaitMs * 2 ** (tries - 1) * (0.5 + Math.random());
      if (!refused.passing || tries === TRIES || Date.now() + wait > until) throw refused;
      await new Promise((go) => setTimeout(go, wait));
    }
  }
}

/** What a client is told when something goes wrong: a status, one sentence, the fields that are wrong. Never a stack, a host or a secret. */
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';

/** A dependency doesn't answer or too much is going on: 503 with Retry-After. The client did nothing wrong, and may come back. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  readonly statusCode = 503;
}

export const unavailable = (what: string, cause: unknown) => new Unavailable(`${what} unavailable`, { cause });

const RETRY_AFTER_S = 2;

/** Field → what is wrong with it, from what the schema's validator found. */
export const fieldErrors = (found: NonNullable<FastifyError['validation']>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    found.map(({ instancePath, params, message = 'is wrong' }) => [
      instancePath.slice(1) || String(params.missingProperty ?? params.additionalProperty ?? 'body'),
      params.missingProperty ? 'is missing' : message,
    ]),
  );

/** PostgreSQL refuses the value itself, such as text with a zero character: SQLSTATE classes 22 and 23514. */
const refusedValue = ({ code }: FastifyError) => /^22...$|^23514$/.test(code ?? '');

/** @param tell hears of what is our fault: not of 503, which says so itself and whose cause has alerts */
export function errors(app: FastifyInstance, tell?: (error: Error, request: FastifyRequest) => void): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.validation)
      return reply.code(400).send({ error: 'Invalid input.', fields: fieldErrors(error.validation) });
    const status = refusedValue(error) ? 400 : (error.statusCode ?? 500);
    if (status >= 500) request.log[status === 503 ? 'warn' : 'error']({ err: error }, 'request failed');
    if (status >= 500 && status !== 503) tell?.(error, request);
    if (status === 503) reply.header('retry-after', RETRY_AFTER_S);
    if (status >= 500)
      return reply
        .code(status)
        .send({ error: status === 503 ? 'Temporarily unavailable. Try again in a moment.' : 'Something went wrong.' });
    return reply.code(status).send({ error: status === 429 ? (error as { error?: string }).error : said(status) });
  });
}

const SAID: Readonly<Record<number, string>> = {
  413: 'The request is too large.',
  415: 'The body must be JSON.',
};

const said = (status: number) => SAID[status] ?? 'The request cannot be understood.';

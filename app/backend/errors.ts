/** What goes wrong in a way that a client should hear of: a dependency that doesn't answer. */

/** Answered with 503 and Retry-After: the client did nothing wrong, and may come back. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  readonly statusCode = 503;
}

export const unavailable = (what: string, cause: unknown) => new Unavailable(`${what} unavailable`, { cause });

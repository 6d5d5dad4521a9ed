/** How long to wait before connecting again. Never gives up: that is the caller's part. */

const RETRY_MS = { first: 50, most: 1000 };

/** Milliseconds to wait before the nth attempt: exponential, jittered, for ever. */
export const backoff = (attempt: number, random = Math.random): number =>
  Math.round(Math.min(RETRY_MS.first * 2 ** Math.min(attempt, 10), RETRY_MS.most) * (0.5 + random() / 2));

/** How many messages a channel may get: a bucket that refills. A storm of a minute is at most 10 of them, since what waits goes as one. Pure. */
import type { ChannelName } from './environment';

export interface Tokens {
  readonly left: number;
  /** When so many were left, in ms since 1970. */
  readonly at: number;
}

/** Messages at once, and how long one more takes. 5 + (60 s + 15 s) / 15 s = 10. An SMS costs money. */
const BUCKETS: Readonly<Record<ChannelName, { readonly size: number; readonly everyMs: number }>> = {
  pagerDuty: { size: 5, everyMs: 15_000 },
  slack: { size: 5, everyMs: 15_000 },
  email: { size: 5, everyMs: 15_000 },
  sms: { size: 3, everyMs: 60_000 },
};

export function refilled(channel: ChannelName, tokens: Tokens | undefined, now: number): Tokens {
  const { size, everyMs } = BUCKETS[channel];
  if (!tokens) return { left: size, at: now };
  const more = Math.max(0, Math.floor((now - tokens.at) / everyMs));
  const left = Math.min(size, tokens.left + more);
  return { left, at: left === size ? now : tokens.at + more * everyMs };
}

/** When the next one comes, of a bucket that was refilled just now. */
export const nextAt = (channel: ChannelName, { at }: Tokens) => at + BUCKETS[channel].everyMs;

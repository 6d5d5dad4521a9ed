/** How many of a week's users came back in the next: from Redis's HyperLogLogs of each day, which hold no user's id and err by about 1 %. */
import type { Client } from '../redis/clients';

const WEEK = 7;
const DAY_MS = 86_400_000;
/** For so many days before today a day's users are needed. */
export const DAYS = 2 * WEEK;

/** Of the day, in UTC, so many days before `now`. The braces keep all days in one slot of a cluster, where they can be united. */
export const dayKey = (now: Date, before: number) =>
  `{active}:${new Date(now.getTime() - before * DAY_MS).toISOString().slice(0, 10)}`;

/** Percent of the users of the week before last, today not counted, who were active in the last one too; undefined when there was nobody. */
export async function retention(redis: Client, now: Date): Promise<number | undefined> {
  const days = Array.from({ length: DAYS }, (_, index) => dayKey(now, index + 1));
  const [since, before, either] = await Promise.all(
    [days.slice(0, WEEK), days.slice(WEEK), days].map((keys) => redis.pfcount(...keys)),
  );
  if (!before || since === undefined || either === undefined) return undefined;
  const both = Math.min(before, Math.max(0, before + since - either)); // three estimates may contradict each other
  return Number(((100 * both) / before).toFixed(1));
}

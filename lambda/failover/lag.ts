/** What a failover would lose, and whether a planned one would lose nothing, from what CloudWatch knows. Pure; figures are by the minute. */
import type { Replication } from './seen';

const MINUTE_MS = 60_000;
/** An older figure of a database that is well says nothing of now. */
const FRESH_MS = 5 * MINUTE_MS;
/** Until a parameter that RDS calls in force is so in every session. */
const READ_ONLY_MS = 60_000;

/**
 * Seconds of acknowledged writes that are lost at most. Of a writer that is silent: from the last transaction that the follower repeated until
 * the writer's balancer was last found well, since the lag itself goes on growing after the end. Undefined where nobody knows.
 */
export function lossSeconds({ lag, wellAt }: Replication, now: number, silent: boolean): number | undefined {
  const last = lag.at(-1);
  if (!last) return undefined;
  if (!silent) return now - last.at <= FRESH_MS ? last.value : undefined;
  const repeated = Math.max(...lag.map(({ at, value }) => at - 1000 * value));
  const until = wellAt === undefined ? now : Math.min(now, wellAt + MINUTE_MS);
  return Math.max(0, Math.round((until - repeated) / 1000));
}

/**
 * Whether the follower has all that was written before the writer became read-only: it has repeated a transaction that came later, or has
 * got every byte since.
 */
export function caughtUp({ lag, behind }: Replication, readOnlySince: number | undefined): boolean {
  if (readOnlySince === undefined) return false;
  const from = readOnlySince + READ_ONLY_MS;
  return (
    lag.some(({ at, value }) => at - 1000 * value >= from) || behind.some(({ at, value }) => at >= from && value === 0)
  );
}

/**
 * A fleet under a load, minute by minute: our model of Auto Scaling, not Auto Scaling. A server serves nothing and counts in no
 * metric until it is warm ("instance warmup" in its guide); while one warms up nothing is added by the same step, or taken away. Target
 * tracking acts after 3 minutes above its target or 15 minutes more than 10 % below it, on as many servers as are missing or too many.
 */
import type { Load } from './loads';
import type { Policy, Step } from './policy';

/** Seconds a request may wait for a server until it is given up: the longest that a leaving server waits for one. */
const PATIENCE_S = 20;
const TRACKING = { outMinutes: 3, inMinutes: 15, inBelow: 0.9 } as const;
/** The guide's, for all policies: what is compared must not move with them. */
const TARGET_CPU = 70;

export interface Result {
  /** By the minute, warm or not. */
  readonly servers: readonly number[];
  /** Minutes with the serving ones above 70 % CPU. */
  readonly overTarget: number;
  /** Minutes with more requests than servers for them. */
  readonly saturated: number;
  readonly longestWaitS: number;
  /** Share of all requests that nobody could serve in time, in percent. */
  readonly refused: number;
  readonly serverHours: number;
  /** How often a server was added, and taken away. */
  readonly changes: number;
}

const last = <T>(values: readonly T[], count: number) => values.slice(-count);

const breaches = ({ above, threshold, minutes, breaching }: Step, cpu: readonly number[]) =>
  cpu.length >= minutes &&
  last(cpu, minutes).filter((value) => (above ? value > threshold : value < threshold)).length >= breaching;

/** Servers that target tracking wants, from what each got in the last minutes. */
function tracked(target: number, requests: readonly number[], servers: number): number {
  const all = (minutes: number, test: (value: number) => boolean) =>
    requests.length >= minutes && last(requests, minutes).every(test);
  const now = requests.at(-1) ?? 0;
  const out = all(TRACKING.outMinutes, (value) => value > target);
  const fewer = all(TRACKING.inMinutes, (value) => value < TRACKING.inBelow * target);
  return out || fewer ? Math.ceil((servers * now) / target) : servers;
}

/**
 * @param capacity requests a minute that keep one server fully busy
 * @param zones over which the servers stand evenly
 */
export function simulate(policy: Policy, load: Load, capacity: number, zones: number): Result {
  const { min, max, warmUpMinutes, steps, requestsPerServer } = policy;
  const cpu: number[] = [];
  const requests: number[] = [];
  const servers: number[] = [];
  let warmAt: readonly number[] = Array.from({ length: Math.max(min, Math.min(max, load.start)) }, () => 0);
  let waiting = 0;
  let [overTarget, saturated, longestWaitS, refused, sent, changes] = [0, 0, 0, 0, 0, 0];

  const setTo = (wanted: number, minute: number) => {
    const count = Math.max(min, Math.min(max, wanted));
    changes += Math.abs(count - warmAt.length);
    const added = Array.from({ length: Math.max(0, count - warmAt.length) }, () => minute + 1 + warmUpMinutes);
    warmAt = [...warmAt, ...added].slice(0, count);
  };

  for (let minute = 0; minute < load.minutes; minute++) {
    if (minute === load.zoneLostAt) {
      const wanted = warmAt.length;
      warmAt = warmAt.slice(0, wanted - Math.ceil(wanted / zones)); // what was lost comes again elsewhere
      warmAt = [...warmAt, ...Array.from({ length: wanted - warmAt.length }, () => minute + 1 + warmUpMinutes)];
    }
    const serving = warmAt.filter((at) => at <= minute).length;
    const arriving = load.at(minute) * capacity;
    const able = serving * capacity;
    const served = Math.min(arriving + waiting, able);
    const left = arriving + waiting - served;
    waiting = Math.min(left, (able * PATIENCE_S) / 60);
    refused += left - waiting;
    sent += arriving;
    if (arriving > (TARGET_CPU / 100) * able) overTarget++;
    if (left > 0) saturated++;
    if (able > 0) longestWaitS = Math.max(longestWaitS, (60 * waiting) / able);
    servers.push(warmAt.length);
    cpu.push(able > 0 ? (100 * served) / able : 100);
    requests.push(arriving / Math.max(1, serving)); // the balancer counts what it sends on, answered or not

    const warming = warmAt.some((at) => at > minute);
    for (const step of steps) if (!warming && breaches(step, cpu)) setTo(warmAt.length + step.change, minute);
    if (requestsPerServer !== undefined) {
      const wanted = tracked(requestsPerServer, requests, serving);
      if (wanted > warmAt.length || (wanted < warmAt.length && wanted < serving && !warming)) setTo(wanted, minute);
    }
  }
  const serverHours = servers.reduce((sum, count) => sum + count, 0) / 60;
  return { servers, overTarget, saturated, longestWaitS, refused: (100 * refused) / sent, serverHours, changes };
}

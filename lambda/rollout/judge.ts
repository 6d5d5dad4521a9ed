/** Why a rollout has to go back, if it has to. Where it is, and what comes next, others say. */
import { type Figures, groupOf, isRolling, otherColour, type Seen, type UnderWay } from './seen';
import { sizeAt } from './wanted';

/** The guide's target of a response time: a p95 below it is quick, whatever the other release has. */
const QUICK_SECONDS = 0.2;

const errorRate = ({ requests, errors }: Figures) => (requests > 0 ? (100 * errors) / requests : 0);
const percent = (value: number) => `${value.toFixed(1)} %`;
const weightsText = ({ blue, green }: { readonly blue: number; readonly green: number }) =>
  `blue ${blue} and green ${green}`;

function worse({ rollout: { plan } }: UnderWay, { figures }: Seen): string | undefined {
  if (!figures || figures.canary.requests < plan.fewRequests) return undefined;
  const { canary, baseline } = figures;
  const known = baseline.requests >= plan.fewRequests;
  const before = known ? errorRate(baseline) : 0;
  if (errorRate(canary) > before + plan.moreErrorsPercent)
    return `errors: expected at most ${percent(before + plan.moreErrorsPercent)} of the requests, got ${percent(errorRate(canary))}`;
  const slowest = Math.max(QUICK_SECONDS, plan.slowerTimes * baseline.p95);
  if (known && canary.p95 > slowest)
    return `latency: expected a p95 of at most ${slowest.toFixed(3)} s, got ${canary.p95.toFixed(3)} s`;
  return undefined;
}

function late(state: UnderWay, seen: Seen, now: number): string | undefined {
  const { rollout, active } = state;
  const { plan, phase, since } = rollout;
  if (phase !== 'prepare' && phase !== 'boot') return undefined;
  // a refresh waits at its checkpoints without getting further
  const seconds = plan.bootSeconds + (isRolling(rollout) ? plan.bakeSeconds : 0);
  if (now - since <= 1000 * seconds) return undefined;
  if (isRolling(rollout))
    return `servers: expected progress within ${seconds} s, got none after ${rollout.percent ?? 0} %`;
  const { healthy, servers } = groupOf(seen, otherColour(active));
  return phase === 'prepare'
    ? `old servers: expected none of them after ${seconds} s, got ${servers}`
    : `servers: expected ${sizeAt(rollout)} healthy within ${seconds} s, got ${healthy}`;
}

/** One sentence, or nothing. */
export function trouble(state: UnderWay, seen: Seen, now: number): string | undefined {
  const { rollout, weights, active } = state;
  if (rollout.cancelled) return 'cancelled';
  const rang = seen.firing.filter((name) => !rollout.firing.includes(name));
  if (rang.length > 0) return `alarm: ${rang.join(', ')}`;
  if (!rollout.moving && seen.weights && seen.weights.blue !== weights.blue)
    return `weights: expected ${weightsText(weights)}, got ${weightsText(seen.weights)}: changed by hand`;
  if (rollout.phase === 'bake' && !isRolling(rollout) && groupOf(seen, otherColour(active)).healthy === 0)
    return 'servers: expected healthy ones of the new release, got none';
  return late(state, seen, now) ?? worse(state, seen);
}

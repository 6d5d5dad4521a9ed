/** How a service's state changes at the turns that all strategies share: begin, end, and the way back. */
import { homeOf, isRolling, otherColour, type Seen, type Turn, type UnderWay, weightsOf } from './seen';
import type { Outcome, Rollout, RolloutInput, ServiceState } from './state';

const KEPT_OUTCOMES = 20;

export const text = (name: string, { release }: Pick<Rollout, 'release'>, what: string) =>
  `${name}, release ${release.id}: ${what}`;

/** The same rollout, some steps further. */
export const further = (state: UnderWay, change: Partial<Rollout>): UnderWay => ({
  ...state,
  rollout: { ...state.rollout, ...change },
});

function withOutcome(state: UnderWay, now: number, outcome: Outcome['outcome'], rollout: Rollout): readonly Outcome[] {
  const { id, release, from, plan, reason, begun } = rollout;
  const strategy = plan.strategy;
  const newest = { id, release, from, strategy, outcome, ...(reason && { reason }), begun, ended: now };
  return [newest, ...state.outcomes].slice(0, KEPT_OUTCOMES);
}

/** All requests are on the new release: it is the current one from now on. */
export function released(name: string, state: UnderWay, now: number): Turn {
  const { rollout, active } = state;
  const next = isRolling(rollout) ? active : otherColour(active);
  const outcomes = withOutcome(state, now, 'released', rollout);
  const kept = further(state, { phase: 'keep', since: now, moving: true });
  return {
    state: { ...kept, active: next, weights: weightsOf(next, 100), outcomes },
    what: text(name, rollout, 'released'),
    seconds: 0,
  };
}

/** Requests go back at once to servers that are there; else when they are. */
export function back(name: string, state: UnderWay, seen: Seen, reason: string, now: number): Turn {
  const home = homeOf(state);
  const { rollout } = state;
  const changed = further(state, { phase: 'back', since: now, moving: true, reason });
  const fleets = isRolling(rollout) ? { ...state.fleets, [home]: rollout.from } : state.fleets;
  const isThere = seen.weights?.[home] === 100 || (seen.groups[home]?.healthy ?? 0) > 0;
  return {
    state: { ...changed, active: home, fleets, weights: isThere ? weightsOf(home, 100) : state.weights },
    what: text(name, rollout, `goes back to ${rollout.from.id}: ${reason}`),
    seconds: 0,
  };
}

/** The way back is over. */
export function wentBack(name: string, state: UnderWay, now: number): Turn {
  const { rollout, ...rest } = state;
  const outcomes = withOutcome(state, now, 'rolled back', rollout);
  const resting = otherColour(state.active);
  const { [resting]: _, ...fleets } = state.fleets;
  return {
    state: { ...rest, fleets: isRolling(rollout) ? state.fleets : fleets, outcomes },
    what: text(name, rollout, `rolled back to ${rollout.from.id}: ${rollout.reason}`),
    seconds: 0,
  };
}

/** Why a rollout can't begin now. @default it can */
export function refused(name: string, { rollout, weights, active }: ServiceState, seen: Seen): string | undefined {
  if (rollout && rollout.phase !== 'keep')
    return `${name}: expected no rollout under way, got that of release ${rollout.release.id} (${rollout.phase})`;
  if (seen.deploying) return `${name}: expected no deployment under way, got one; begin again when it is through`;
  if (seen.groups[active]?.refresh?.running)
    return `${name}: expected no instance refresh of ${seen.groups[active].name}, got one; begin again when it is through`;
  if (seen.weights && seen.weights.blue !== weights.blue)
    return `${name}: expected weights blue ${weights.blue} and green ${weights.green}, got ${seen.weights.blue} and ${seen.weights.green}: changed by hand; set them as they were`;
  return undefined;
}

/** A rollout's first state. Back to the release that is still kept, it is one turn of the weights. */
export function begun(name: string, state: ServiceState, seen: Seen, input: RolloutInput, now: number): Turn {
  const { id, release } = input;
  const { active } = state;
  const from = state.fleets[active];
  const group = seen.groups[active];
  if (!from || !group) throw new Error(`${name}: expected a ${active} group with a release, got none`);
  const plan = seen.weights ? input.plan : { ...input.plan, strategy: 'rolling' as const, steps: [100] };
  const { min, max, desired } = group;
  const kept = seen.groups[otherColour(active)];
  const wasKept = state.rollout?.from.id === release.id && !isRolling(state.rollout);
  const underWay: UnderWay = {
    ...state,
    rollout: {
      id,
      release,
      from,
      plan,
      phase: 'prepare',
      step: -1,
      begun: now,
      since: now,
      size: desired,
      limits: { min, max },
      firing: seen.firing,
      moving: true,
    },
  };
  if (wasKept && kept && kept.healthy >= desired)
    return released(name, further(underWay, { plan: { ...plan, strategy: 'blue-green' } }), now);
  return { state: underWay, what: text(name, { release }, `begins, ${plan.strategy}, from ${from.id}`), seconds: 0 };
}

/** How requests move from one group of servers to the other: canary, and blue-green, which is a canary with one step. */
import { trouble } from './judge';
import { groupOf, homeOf, otherColour, type Seen, type Turn, type UnderWay, weightsOf } from './seen';
import type { Phase } from './state';
import { back, further, released, text, wentBack } from './turns';
import { actionsFor, heldAt, sizeAt } from './wanted';

/** However long a step is watched: an alarm is heard within that. */
const SLOWEST_POLL_SECONDS = 30;

/** What the clock, a person or the scaling did to the limits holds afterwards, and the active group's growth is followed. */
function followed(state: UnderWay, seen: Seen, now: number): UnderWay {
  const { rollout, active } = state;
  const { limits, size, moving, phase } = rollout;
  const { min, max, desired } = groupOf(seen, active);
  const isHome = homeOf(state) === active;
  const isOthers = isHome && !moving && (max !== limits.max || (min !== heldAt(rollout).min && min !== limits.min));
  const grew = desired > size;
  if (!isOthers && !grew) return state;
  return further(state, {
    moving: isHome || moving, // the active group's limits are its own again once the rollout is through
    ...(isOthers && { limits: { min, max } }),
    ...(grew && { size: desired }),
    ...(grew && phase === 'boot' && { since: now }), // more servers have as long to boot
  });
}

const settled = (state: UnderWay, seen: Seen): UnderWay =>
  state.rollout.moving && actionsFor(state, seen).length === 0 ? further(state, { moving: undefined }) : state;

function toBake(name: string, state: UnderWay, now: number): Turn {
  const { rollout, active } = state;
  const percent = rollout.plan.steps[rollout.step] ?? 100;
  const next = further(state, { phase: 'bake', since: now, moving: true });
  return {
    state: { ...next, weights: weightsOf(otherColour(active), percent) },
    what: text(name, rollout, `${percent} % of the requests`),
    seconds: 0,
  };
}

type Decide = (name: string, state: UnderWay, seen: Seen, now: number) => Turn;

const FORWARD: Readonly<Record<Extract<Phase, 'prepare' | 'boot' | 'smoke' | 'bake'>, Decide>> = {
  prepare: (_, state, seen, now) => {
    const resting = otherColour(state.active);
    const { servers, max } = groupOf(seen, resting);
    if (servers > 0 || max > 0) return { state };
    const next = further(state, { phase: 'boot', step: 0, since: now, moving: true });
    return { state: { ...next, fleets: { ...state.fleets, [resting]: state.rollout.release } }, seconds: 0 };
  },
  boot: (name, state, seen, now) => {
    const { rollout, active } = state;
    if (rollout.moving || groupOf(seen, otherColour(active)).healthy < sizeAt(rollout)) return { state };
    if (rollout.step > 0) return toBake(name, state, now);
    return { state: further(state, { phase: 'smoke', since: now }), seconds: 0 };
  },
  smoke: (name, state, seen, now) => {
    if (seen.smoke === undefined) return { state, smoke: true };
    if (seen.smoke !== '') return back(name, state, seen, `smoke test: ${seen.smoke}`, now);
    return toBake(name, state, now);
  },
  bake: (name, state, _, now) => {
    const { rollout } = state;
    const { bakeSeconds, pollSeconds, steps } = rollout.plan;
    const left = rollout.since + 1000 * bakeSeconds - now;
    if (left > 0 || rollout.moving) {
      const poll = Math.max(pollSeconds, Math.min(SLOWEST_POLL_SECONDS, bakeSeconds / 20));
      return { state, seconds: Math.max(1, Math.min(poll, left / 1000)) };
    }
    if (rollout.step === steps.length - 1) return released(name, state, now);
    return {
      state: further(state, { phase: 'boot', step: rollout.step + 1, since: now, moving: true }),
      seconds: 0,
    };
  },
};

/** Requests first, then the new servers' end. */
const goBack: Decide = (name, state, seen, now) => {
  const home = homeOf(state);
  if (state.weights[home] !== 100) {
    if (groupOf(seen, home).healthy === 0) return { state };
    return { state: { ...further(state, { moving: true }), weights: weightsOf(home, 100) }, seconds: 0 };
  }
  return actionsFor(state, seen).length === 0 ? wentBack(name, state, now) : { state };
};

/** The next turn of a rollout that isn't kept yet. */
export const shift: Decide = (name, before, seen, now) => {
  const { phase } = before.rollout;
  if (phase === 'back') return goBack(name, before, seen, now);
  if (phase === 'keep' || phase === 'clear') return { state: before };
  const reason = trouble(before, seen, now);
  if (reason) return back(name, before, seen, reason, now);
  return FORWARD[phase](name, settled(followed(before, seen, now), seen), seen, now);
};

/** The old servers stay for the way back, as many as the new ones, until it is `over` for all services. */
export function keep(name: string, before: UnderWay, seen: Seen, over: boolean, now: number): Turn {
  const state = settled(followed(before, seen, now), seen);
  const { rollout } = state;
  const { rollout: _, ...rest } = state;
  if (rollout.phase === 'clear') return actionsFor(state, seen).length === 0 ? { state: rest } : { state };
  if (rollout.cancelled) return back(name, state, seen, 'cancelled', now);
  const left = rollout.since + 1000 * rollout.plan.keepSeconds - now;
  // a deployment that read the limits before would bring the old servers back
  if (left > 0 || rollout.moving || seen.deploying || !over)
    return { state, seconds: Math.max(1, Math.min(60, left > 0 ? left / 1000 : rollout.plan.pollSeconds)) };
  return {
    state: further(state, { phase: 'clear', since: now, moving: true }),
    what: text(name, rollout, 'the old servers go'),
    seconds: 0,
  };
}

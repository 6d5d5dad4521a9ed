/** How the servers of a group are replaced in place, by Auto Scaling's instance refresh; what boots meanwhile has the new release already. */
import { trouble } from './judge';
import { groupOf, isEmpty, type Seen, type Turn, type UnderWay } from './seen';
import { back, further, released, text, wentBack } from './turns';

/** A refresh that was started, and not written down any more, is ours: none was running before. */
function adopted(state: UnderWay, seen: Seen): UnderWay {
  const { phase, refresh, back } = state.rollout;
  const { refresh: found } = groupOf(seen, state.active);
  if (!found?.running || (phase !== 'boot' && phase !== 'back')) return state;
  if (refresh === undefined) return further(state, { refresh: found.id });
  return phase === 'back' && back === undefined && found.id !== refresh ? further(state, { back: found.id }) : state;
}

function boot(name: string, state: UnderWay, seen: Seen, now: number): Turn {
  const { rollout, active } = state;
  const group = groupOf(seen, active);
  const { refresh: found } = group;
  if (rollout.refresh === undefined) return isEmpty(group) ? released(name, state, now) : { state };
  if (found?.id !== rollout.refresh) {
    if (!found?.running) return { state }; // ours isn't listed yet; its limit ends that
    return back(name, state, seen, `refresh: expected ${rollout.refresh} as the last one, got ${found.id}`, now);
  }
  if (found.status === 'Successful')
    return { state: further(state, { phase: 'bake', since: now, percent: 100 }), seconds: 0 };
  if (!found.running) return back(name, state, seen, `refresh: expected success, got ${found.status}`, now);
  if (found.percent === (rollout.percent ?? 0)) return { state };
  return {
    state: further(state, { percent: found.percent, since: now }),
    what: text(name, rollout, `${found.percent} % of the servers`),
  };
}

function goBack(name: string, state: UnderWay, seen: Seen, now: number): Turn {
  const { refresh, back } = state.rollout;
  if (refresh === undefined) return wentBack(name, state, now); // nothing was replaced yet
  const found = groupOf(seen, state.active).refresh;
  if (back === undefined || found?.running) return { state };
  if (found?.id !== back) return { state: further(state, { back: undefined }) }; // not listed yet, or somebody's came after it
  if (found.status === 'Successful') return wentBack(name, state, now);
  const stuck = `${name}: expected the servers to be replaced by release ${state.rollout.from.id} again, got ${found.status}`;
  return { state: further(state, { back: undefined }), stuck };
}

/** The next turn of a rollout that isn't kept yet. */
export function roll(name: string, before: UnderWay, seen: Seen, now: number): Turn {
  const state = adopted(before, seen);
  const { rollout, active } = state;
  if (rollout.phase === 'back') return goBack(name, state, seen, now);
  const reason = trouble(state, seen, now);
  if (reason) return back(name, state, seen, reason, now);
  if (rollout.phase === 'prepare')
    return {
      state: {
        ...further(state, { phase: 'boot', step: 0, since: now, percent: 0 }),
        fleets: { ...state.fleets, [active]: rollout.release },
      },
      seconds: 0,
    };
  if (rollout.phase === 'boot') return boot(name, state, seen, now);
  const left = rollout.since + 1000 * rollout.plan.bakeSeconds - now;
  return left > 0
    ? { state, seconds: Math.max(1, Math.min(rollout.plan.pollSeconds, left / 1000)) }
    : released(name, state, now);
}

/** The order of services in a rollout: one after the other, and all the way back when one goes back. Pure: what is to be written, done and waited for. */
import { roll } from './rolling';
import { isRolling, type Seen, type Turn, type UnderWay } from './seen';
import { keep, shift } from './shifting';
import type { RolloutInput, ServiceState } from './state';
import { back, begun, refused } from './turns';

export interface Known {
  readonly name: string;
  readonly state: ServiceState;
  readonly seen: Seen;
}

export interface Decision {
  /** What changes; a service that isn't named stays. */
  readonly turns: readonly { readonly known: Known; readonly turn: Turn }[];
  /** 'refused': nothing was begun. */
  readonly end?: 'released' | 'rolled back' | 'refused' | 'stuck';
  readonly reason?: string;
}

type Status = 'new' | 'current' | 'moving' | 'kept' | 'back' | 'released' | 'rolled back';

function statusOf({ state }: Known, { id, release }: RolloutInput): Status {
  const { rollout, outcomes, fleets, active } = state;
  if (rollout?.id === id) {
    if (rollout.phase === 'back') return 'back';
    return rollout.phase === 'keep' || rollout.phase === 'clear' ? 'kept' : 'moving';
  }
  const ended = outcomes.find((each) => each.id === id);
  if (ended) return ended.outcome;
  return fleets[active]?.id === release.id && (!rollout || rollout.phase === 'keep') ? 'current' : 'new';
}

const underWay = ({ state }: Known): UnderWay => {
  if (!state.rollout) throw new Error('expected a rollout under way, got none');
  return { ...state, rollout: state.rollout };
};

const moved = (known: Known, now: number): Turn => {
  const state = underWay(known);
  return (isRolling(state.rollout) ? roll : shift)(known.name, state, known.seen, now);
};

function kept(known: Known, over: boolean, now: number): Turn {
  const state = underWay(known);
  const { rollout, ...rest } = state;
  if (!isRolling(rollout)) return keep(known.name, state, known.seen, over, now);
  if (rollout.cancelled) return back(known.name, state, known.seen, 'cancelled', now);
  return over ? { state: rest, seconds: 0 } : { state };
}

const stuckIn = (turn: Turn) => (turn.stuck ? ({ end: 'stuck', reason: turn.stuck } as const) : {});

/** The last one first. */
function allBack(services: readonly (Known & { status: Status })[], reason: string, now: number): Decision {
  const next = services.toReversed().find(({ status }) => ['back', 'moving', 'kept'].includes(status));
  if (!next) return { turns: [], end: 'rolled back', reason };
  const turn = next.status === 'back' ? moved(next, now) : back(next.name, underWay(next), next.seen, reason, now);
  return { turns: [{ known: next, turn }], ...stuckIn(turn) };
}

const reasonOf = ({ state }: Known, { id }: RolloutInput) =>
  state.rollout?.id === id ? state.rollout.reason : state.outcomes.find((each) => each.id === id)?.reason;

export function decide(input: RolloutInput, known: readonly Known[], now: number): Decision {
  const services = known.map((each) => ({ ...each, status: statusOf(each, input) }));
  const failed = services.find(({ status }) => status === 'back' || status === 'rolled back');
  if (failed) return allBack(services, reasonOf(failed, input) ?? `${failed.name} went back`, now);

  const current = services.find(({ status }) => status === 'new' || status === 'moving');
  if (!current) {
    const waiting = services.filter(({ status }) => status === 'kept');
    if (waiting.length === 0) return { turns: [], end: 'released' };
    return { turns: waiting.map((each) => ({ known: each, turn: kept(each, true, now) })) };
  }
  const others = services
    .filter(({ status }) => status === 'kept')
    .map((each) => ({ known: each, turn: kept(each, false, now) }));
  if (current.status === 'moving') {
    const turn = moved(current, now);
    return { turns: [...others, { known: current, turn }], ...stuckIn(turn) };
  }
  const isFirst = services.every(({ status }) => status === 'new' || status === 'current');
  const asked = isFirst ? services.filter(({ status }) => status === 'new') : [current];
  const reason = asked.flatMap((each) => refused(each.name, each.state, each.seen) ?? [])[0];
  if (!reason)
    return {
      turns: [...others, { known: current, turn: begun(current.name, current.state, current.seen, input, now) }],
    };
  return isFirst ? { turns: [], end: 'refused', reason } : allBack(services, reason, now);
}

/** What the world should look like in each phase, and what is to be done about the difference. Repeated at each look, so that a machine that died half-way is no other case. */
import { type Group, groupOf, homeOf, isEmpty, isRolling, otherColour, type Seen, type UnderWay } from './seen';
import type { Colour, Limits, Rollout, ServiceState } from './state';

export type Action =
  | { readonly kind: 'weights'; readonly weights: Readonly<Record<Colour, number>> }
  | { readonly kind: 'limits'; readonly group: string; readonly limits: Limits }
  | { readonly kind: 'schedule'; readonly group: string; readonly scheduled: boolean }
  | { readonly kind: 'start' | 'cancel'; readonly group: string; readonly rollout: Rollout };

const NONE: Limits = { min: 0, max: 0 };
type Sizes = Readonly<Partial<Record<Colour, Limits>>>;

/** Servers that a step's share of the requests needs. */
export function sizeAt({ plan, step, size, limits }: Rollout): number {
  const share = (plan.steps[step] ?? 100) / 100;
  return Math.min(limits.max, Math.max(1, Math.ceil(size * share)));
}

/** The group that had the requests when it began gets no fewer servers meanwhile. */
export const heldAt = ({ size, limits: { max } }: Rollout): Limits => ({ min: Math.min(size, max), max });

/** What isn't named is left as it is. */
function sizesOf(state: UnderWay): Sizes {
  const { rollout, active, weights } = state;
  const { limits } = rollout;
  const resting = otherColour(active);
  if (isRolling(rollout)) return { [resting]: NONE };
  const held = heldAt(rollout);
  const grown = { min: sizeAt(rollout), max: limits.max };
  const home = homeOf(state);
  const settled = rollout.moving ? { [active]: limits } : {};
  switch (rollout.phase) {
    case 'prepare':
      return { [home]: held, [resting]: NONE };
    case 'boot':
    case 'smoke':
    case 'bake':
      return { [home]: held, [resting]: grown };
    case 'keep':
      return { ...settled, [home]: held };
    case 'clear':
      return { [home]: NONE };
    case 'back':
      return weights[home] === 100 ? { [home]: limits, [resting]: NONE } : { [home]: held };
  }
}

const isSame = (one: Limits, other: Limits) => one.min === other.min && one.max === other.max;

function refreshActions({ rollout }: UnderWay, group: Group): readonly Action[] {
  const { name, refresh } = group;
  const start: Action = { kind: 'start', group: name, rollout };
  if (rollout.phase === 'boot') return rollout.refresh === undefined && !isEmpty(group) ? [start] : [];
  if (rollout.phase !== 'back' || rollout.refresh === undefined || rollout.back !== undefined) return [];
  return refresh?.running ? [{ kind: 'cancel', group: name, rollout }] : [start];
}

/** In the order in which they have to be done: requests move before servers go. */
export function actionsFor(state: ServiceState, seen: Seen): readonly Action[] {
  if (!state.rollout) return [];
  const underWay = { ...state, rollout: state.rollout };
  const groups = (['blue', 'green'] as const).flatMap((colour) => {
    const group = seen.groups[colour];
    return group ? [{ colour, group }] : [];
  });
  const sizes = sizesOf(underWay);
  return [
    ...(state.rollout.moving && seen.weights && seen.weights.blue !== state.weights.blue
      ? [{ kind: 'weights', weights: state.weights } as const]
      : []),
    ...groups.flatMap(({ colour, group }): readonly Action[] => {
      const limits = sizes[colour];
      return limits && !isSame(limits, group) ? [{ kind: 'limits', group: group.name, limits }] : [];
    }),
    ...groups.flatMap(({ colour, group }): readonly Action[] => {
      const scheduled = colour === state.active;
      return scheduled === group.scheduled ? [] : [{ kind: 'schedule', group: group.name, scheduled }];
    }),
    ...(isRolling(state.rollout) ? refreshActions(underWay, groupOf(seen, state.active)) : []),
  ];
}

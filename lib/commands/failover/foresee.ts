/** What a failover would do from what is seen now, by the machine's own decisions, each as if it succeeded at once. Pure; nothing is done. */
import { type Decision, decide, words } from '../../../lambda/failover/decide';
import type { FailoverInput, Places } from '../../../lambda/failover/places';
import type { Seen, Side, SideName } from '../../../lambda/failover/seen';
import type { Action } from '../../../lambda/failover/steps';

/** More than any way has; a plan that doesn't end would say so. */
const MOST_LOOKS = 60;
const LOOK_MS = 10 * 60_000;

function withSide(seen: Seen, side: SideName, change: Partial<Side>): Seen {
  return { ...seen, [side]: { ...seen[side], ...change } };
}

const DONE: { readonly [Kind in Action['kind']]: (seen: Seen, action: Extract<Action, { kind: Kind }>) => Seen } = {
  fence: (seen, { up }) => ({ ...seen, fence: up }),
  'read-only': (seen, { side, on }) => withSide(seen, side, { readOnly: on ? 'on' : 'off' }),
  promote: (seen, { side, name }) => {
    const { databases = {} } = seen[side];
    const { follows: _, ...found } = databases[name] ?? { created: seen.now };
    return withSide(seen, side, { databases: { ...databases, [name]: { ...found, status: 'available' } } });
  },
  rename: (seen, { side, name, as }) => {
    const { [name]: found, ...databases } = seen[side].databases ?? {};
    return withSide(seen, side, { databases: { ...databases, ...(found && { [as]: found }) } });
  },
  create: (seen, { side, name, of }) => {
    const made = { status: 'available', created: seen.now, follows: of };
    return withSide(seen, side, { databases: { ...seen[side].databases, [name]: made } });
  },
  limits: (seen, { group, min, desired }) => ({
    ...seen,
    fleets: seen.fleets.map((each) =>
      each.group === group ? { ...each, min, desired: desired ?? Math.max(min, each.desired), moving: false } : each,
    ),
  }),
  alarms: (seen, { names, tell }) => ({
    ...seen,
    alarms: seen.alarms.map((each) => (names.includes(each.name) ? { ...each, tells: tell } : each)),
  }),
};

const done = (seen: Seen, action: Action): Seen =>
  (DONE[action.kind] as (seen: Seen, action: Action) => Seen)(seen, action);

/** Time passes, and all that is waited for comes: copies follow, servers boot, names lead elsewhere. */
function later(seen: Seen, to: SideName): Seen {
  const now = seen.now + LOOK_MS;
  const well = seen.fleets.map((each) => ({ ...each, healthy: Math.max(each.healthy, each.desired), moving: false }));
  const since = { fence: { up: seen.fence, at: seen.now }, readOnly: seen.since.readOnly ?? seen.now - LOOK_MS };
  const { lag, ...others } = seen.replication;
  const followed = seen.first.databases ? [...lag, { at: now, value: 0 }] : lag;
  const waited = { ...seen, now, since, fleets: well, replication: { ...others, lag: followed } };
  return withSide(waited, to, { answers: true });
}

export interface Foreseen extends Pick<Decision, 'end'> {
  /** In order: what is done, and what is waited for. */
  readonly steps: readonly string[];
  /** Why it is refused, or how it ends. */
  readonly said: string;
}

export function foresee(input: FailoverInput, places: Places, now: Seen): Foreseen {
  const steps: string[] = [];
  const to = input.to === places.first.region ? 'first' : 'second';
  let seen = now;
  let order = input;
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const { actions, said, end } = decide(order, places, seen);
    steps.push(...actions.map((action) => words(action, places)));
    if (end) return { steps, said, end };
    order = { ...order, begun: true };
    const next = actions.reduce(done, seen);
    if (actions.length === 0) steps.push(said.replace(/^waits /, 'wait '));
    seen = later(next, to);
  }
  return { steps, said: 'no end is in sight' };
}

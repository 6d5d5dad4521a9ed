/** How a database takes another one's name, and its read replicas are made anew: what comes next, from what is seen. Asks nobody, does nothing. */
import type { CreateDBInstanceReadReplicaMessage, DBInstance, ModifyDBInstanceMessage } from '@aws-sdk/client-rds';
import { changes, logChanges, replicaLike } from '../../../lambda/failover/settings';
import { needsMending, takesChanges } from '../../../lambda/failover/statuses';

/** An instance's name in its region. */
export interface Place {
  readonly region: string;
  readonly id: string;
}

/** By `region/id`, as RDS describes them; what isn't there is absent. */
export type Instances = ReadonlyMap<string, DBInstance>;

export const key = ({ region, id }: Place) => `${region}/${id}`;
/** The name that the old one keeps. */
export const beforeOf = ({ region, id }: Place): Place => ({ region, id: `${id}-before` });

export interface Swap {
  /** Whose name it is about. */
  readonly primary: Place;
  /** What takes it, of the same region. */
  readonly incoming: Place;
  /** Followers of the primary, made anew under their names. */
  readonly replicas: readonly Place[];
}

export type Action =
  | { readonly kind: 'rename'; readonly at: Place; readonly to: string }
  | { readonly kind: 'change'; readonly at: Place; readonly changes: Partial<ModifyDBInstanceMessage> }
  | { readonly kind: 'replicate'; readonly at: Place; readonly input: CreateDBInstanceReadReplicaMessage };

export type Decision =
  /** May all be done at once, each twice without harm. */
  | { readonly kind: 'act'; readonly actions: readonly Action[] }
  | { readonly kind: 'wait'; readonly what: string }
  /** @member left what nobody needs any more */
  | { readonly kind: 'done'; readonly left: readonly Place[] }
  | { readonly kind: 'refused'; readonly reason: string };

const act = (...actions: readonly Action[]): Decision => ({ kind: 'act', actions });
const refused = (reason: string): Extract<Decision, { kind: 'refused' }> => ({ kind: 'refused', reason });

export const nameTaken = ({ id }: Place) =>
  refused(`${id}: expected that name to be free, got an instance; rename or delete it first`);

/** Why nothing can be done to these at the moment; nothing where it can. */
export function unready(
  places: readonly Place[],
  seen: Instances,
): Extract<Decision, { readonly kind: 'wait' | 'refused' }> | undefined {
  const states = places.flatMap((place) => {
    const state = seen.get(key(place))?.DBInstanceStatus ?? 'absent';
    return takesChanges(state) ? [] : [{ id: place.id, state }];
  });
  const stuck = states.find(({ state }) => needsMending(state));
  if (stuck)
    return refused(`${stuck.id}: expected it to be available, got ${stuck.state}; mend it in RDS, then come again`);
  return states.length > 0
    ? { kind: 'wait', what: states.map(({ id, state }) => `${id} ${state}`).join(', ') }
    : undefined;
}

const has = (seen: Instances, place: Place) => seen.has(key(place));

/** The old ones leave their names, readers first: from then on they would show what the restore took back. */
function leave({ primary, replicas }: Swap, seen: Instances): Decision {
  const there = replicas.filter((place) => has(seen, place));
  const places = there.length > 0 ? there : [primary];
  const taken = places.find((place) => has(seen, beforeOf(place)));
  if (taken) return nameTaken(beforeOf(taken));
  return unready(places, seen) ?? act(...places.map((at): Action => ({ kind: 'rename', at, to: beforeOf(at).id })));
}

/**
 * Everything follows the one that has the name now, and is as it was.
 * @param likes what each is to be like, by the name that it is to have @default what had the name before
 */
export function settle({ primary, replicas }: Swap, seen: Instances, likes: Instances = new Map()): Decision {
  const like = (place: Place) => likes.get(key(place)) ?? seen.get(key(beforeOf(place)));
  const writer = seen.get(key(primary));
  if (!writer || !like(primary)) throw new Error(`${primary.id}: expected it and what it is to be like`);
  const waiting = unready([primary], seen);
  if (waiting) return waiting;
  const followers = (writer.ReadReplicaDBInstanceIdentifiers ?? []).map((name) => name.split(':').at(-1));
  const strange = replicas.find((place) => has(seen, place) && !followers.includes(place.id));
  if (strange)
    return has(seen, beforeOf(strange))
      ? refused(`${strange.id}: expected it to follow ${primary.id}, got one that doesn't; delete it, then come again`)
      : (unready([strange], seen) ?? act({ kind: 'rename', at: strange, to: beforeOf(strange).id }));
  const actions = [primary, ...replicas].flatMap((at): readonly Action[] => {
    const [model, it] = [like(at) ?? writer, seen.get(key(at))];
    if (!it) return [{ kind: 'replicate', at, input: replicaLike(model, at.id, writer) }];
    if (unready([at], seen) || !like(at)) return [];
    const wanted = { ...changes(model, it), ...logChanges(model, it) };
    return Object.keys(wanted).length > 0 ? [{ kind: 'change', at, changes: wanted }] : [];
  });
  if (actions.length > 0) return act(...actions);
  const left = [primary, ...replicas].map(beforeOf).filter((place) => has(seen, place));
  return unready(replicas, seen) ?? { kind: 'done', left };
}

export function decideSwap(swap: Swap, seen: Instances): Decision {
  const { primary, incoming } = swap;
  const [named, next, old] = [primary, incoming, beforeOf(primary)].map((place) => has(seen, place));
  if (next && named && old)
    return refused(
      `${beforeOf(primary).id}: expected that name to be free, got what an earlier swap left; rename or delete it first`,
    );
  if (next && seen.get(key(incoming))?.ReadReplicaSourceDBInstanceIdentifier)
    return refused(`${incoming.id}: expected a database of its own, got a replica; promote it first`);
  if (next && named) return unready([incoming], seen) ?? leave(swap, seen);
  if (next && old) return unready([incoming], seen) ?? act({ kind: 'rename', at: incoming, to: primary.id });
  if (next)
    return refused(
      `${primary.id}: expected the database that is replaced, got none; npm run restore -- --env NAME --to TIME restores it under that name, beside ${incoming.id}`,
    );
  if (named && old) return settle(swap, seen);
  return refused(`${incoming.id}: expected a database to take the name ${primary.id}, got none`);
}

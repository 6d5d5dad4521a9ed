/** Why a failover may not begin, or not go on, now: one sentence, with its mend. Pure. */
import { lossSeconds } from './lag';
import type { FailoverInput, Places } from './places';
import { beforeName, databaseOf, isAlive, isStuck, type Seen, type SideName, stale } from './seen';

export interface Case {
  readonly input: FailoverInput;
  readonly places: Places;
  readonly seen: Seen;
  /** The side that is to write, and the other one. */
  readonly to: SideName;
  readonly from: SideName;
  readonly truth: SideName | undefined;
}

/** Whether the side's database may take writes that we can't see, or could any moment. */
export const writes = ({ seen, places }: Case, side: SideName) => isAlive(databaseOf(seen[side], places[side]));

/** Neither its database nor its servers can be asked. */
export const isSilent = ({ seen }: Case, side: SideName) => seen[side].databases === undefined;

/** Milliseconds for which the first database may have hung: RDS goes on calling such a one available, and tells nothing of it. */
export const hungFor = ({ seen, to }: Case) => (to === 'second' ? seen.now - (seen.since.hung ?? seen.now) : 0);

/** Lag is known to the minute, and so is when the writer fell silent, once three checks have missed it. */
const RESOLUTION_SECONDS = 60 + 60 + 30;

/** Of a side that can't be asked to catch up, or isn't yet. */
export function lossFault(at: Case): string | undefined {
  const { input, seen, from } = at;
  if (input.force) return undefined;
  const silent = !writes(at, from);
  const loss = lossSeconds(seen.replication, seen.now, silent);
  const most = input.maxLagSeconds + (silent ? RESOLUTION_SECONDS : 0);
  if (loss !== undefined && loss <= most) return undefined;
  return `lag: expected at most ${most} s of writes to lose, got ${loss === undefined ? 'no figure' : `${loss} s`}; wait, or give them up with --force`;
}

function healthyFault({ input, seen, places }: Case): string | undefined {
  if (input.force) return undefined;
  const { region, primary } = places.first;
  const database = databaseOf(seen.first, places.first);
  const isDown = !seen.first.answers || (seen.first.databases !== undefined && !isAlive(database));
  if (isDown) return undefined;
  return `${region}: expected to be down, got answers of ${places.first.url}, and ${primary} ${database?.status ?? 'unknown'}; a planned switch that loses nothing: --force`;
}

/** Names that are to be given to what is put aside, and are taken. */
function inTheWay({ seen, places, to, truth }: Case): string | undefined {
  for (const side of ['first', 'second'] as const) {
    const { databases = {} } = seen[side];
    const aside = [...stale(seen, places, side), ...(truth === side && side !== to ? [places[side].primary] : [])];
    const taken = aside.map(beforeName).find((name) => databases[name]);
    if (taken)
      return `${taken}: expected no database of that name, got what was put aside last time; rename it, or delete it with a last snapshot, in ${places[side].region}`;
  }
  return undefined;
}

function overFault(at: Case): string | undefined {
  const { seen, places, truth, input } = at;
  const { primary, region } = places.second;
  const database = databaseOf(seen.second, places.second);
  if (!database) return `${primary}: expected a database in ${region}, got none; deploy it first`;
  if (isStuck(database))
    return `${primary}: expected it to be available, got ${database.status}; mend it in RDS in ${region}, then come again`;
  if (truth === 'first' && !database.follows)
    return `${primary}: expected a replica, got a database that was put out of use on the way back; end that first: --to ${places.first.region}`;
  if (truth === 'second')
    return seen.fence || input.force || seen.first.databases
      ? undefined
      : `${primary}: expected to see whether ${places.first.region} has newer writes, got no answer from there; give those up with --force`;
  return seen.fence ? undefined : (healthyFault(at) ?? lossFault(at));
}

function backFault(at: Case): string | undefined {
  const { seen, places } = at;
  const { region, primary, replicas } = places.first;
  const { databases } = seen.first;
  if (!databases) return `${region}: expected answers of RDS there, got none; wait until the region is back`;
  const like = [primary, beforeName(primary), ...replicas].some((name) => databases[name]);
  if (!like) return `${primary}: expected it, or ${beforeName(primary)}, in ${region} to make the like of, got neither`;
  return inTheWay(at);
}

/** What has begun goes on: then only what nobody can go on with is a fault. */
export function fault(at: Case): string | undefined {
  const { truth, places, to } = at;
  if (!truth)
    return `${places[to].primary}: expected a database in either region, got none in ${places.second.region} and no answer that tells of one in ${places.first.region}`;
  return to === 'second' ? overFault(at) : backFault(at);
}

/** What has to be so, in order, before the wished region writes: each step sees whether it is, and else says what is to be done, or waited for. Pure. */
import { type Case, hungFor, isSilent, lossFault, writes } from './guard';
import { caughtUp, lossSeconds } from './lag';
import { beforeName, databaseOf, isReady, isStuck, otherSide, type Side, type SideName, stale } from './seen';

export type Action =
  | { readonly kind: 'fence'; readonly up: boolean }
  | { readonly kind: 'read-only'; readonly side: SideName; readonly on: boolean }
  | { readonly kind: 'promote'; readonly side: SideName; readonly name: string }
  | { readonly kind: 'rename'; readonly side: SideName; readonly name: string; readonly as: string }
  /** A replica of the other side's database, or of the same side's, made like the one named. */
  | {
      readonly kind: 'create';
      readonly side: SideName;
      readonly name: string;
      readonly of: SideName;
      readonly like: string;
    }
  | { readonly kind: 'limits'; readonly group: string; readonly min: number; readonly desired?: number }
  | { readonly kind: 'alarms'; readonly names: readonly string[]; readonly tell: boolean };

export interface Step {
  readonly actions?: readonly Action[];
  /** What is being waited for. @default the rest goes on meanwhile */
  readonly wait?: string;
  /** It won't come by itself. */
  readonly stuck?: string;
}

/** Nothing when it is so. */
export type See = (at: Case) => Step | undefined;

/** A planned switch stops here for a person: somebody has to decide whether what can't be seen may be lost. */
const CATCH_UP_MS = 15 * 60_000;
/** A database that takes no parameter is given up after this with --force. */
const GIVE_UP_MS = 5 * 60_000;

const step = (actions: readonly Action[], wait?: string): Step | undefined =>
  actions.length > 0 ? { actions, wait } : undefined;

const fence =
  (up: boolean): See =>
  ({ seen, to, truth, places }) => {
    if (seen.fence === up) return undefined;
    if (!up && to === truth && !seen.first.answers)
      return { wait: `until ${places.first.url} is well, before visitors are led there` };
    return step([{ kind: 'fence', up }], up ? 'until no visitor is led to the first region' : 'until visitors return');
  };

const readOnly =
  (side: 'to' | 'from', on: boolean): See =>
  (at) => {
    const which = at[side];
    const { readOnly: is, databases } = at.seen[which];
    if (databases === undefined || is === (on ? 'on' : 'off')) return undefined;
    const { primary, url } = at.places[which];
    const actions = on && is === 'applying' ? [] : [{ kind: 'read-only', side: which, on } as const];
    if (!on) return { actions, wait: `until ${primary} is writable` };
    // a dead database hears of it when it returns
    if (!writes(at, which) || (at.input.force && hungFor(at) > GIVE_UP_MS)) return { actions };
    if (hungFor(at) <= CATCH_UP_MS) return { actions, wait: `until ${primary} is read-only` };
    return {
      stuck: `${primary}: expected it to become read-only, got ${is} and no answer of ${url} for ${CATCH_UP_MS / 60_000} min; give up what it alone has with --resume --force`,
    };
  };

/** Nothing where all of them come by themselves. */
function dead({ databases = {} }: Side, names: readonly string[]): Step | undefined {
  const name = names.find((each) => isStuck(databases[each]));
  return name === undefined
    ? undefined
    : { stuck: `${name}: expected it to be available, got ${databases[name]?.status}; mend it in RDS, then --resume` };
}

/** Stale ones get another name, so that nobody reads them, and what takes their place can have theirs. */
const putAside =
  (side: SideName): See =>
  ({ seen, places }) => {
    const { databases = {} } = seen[side];
    const names = stale(seen, places, side);
    const actions = names
      .filter((name) => isReady(databases[name]))
      .map((name) => ({ kind: 'rename', side, name, as: beforeName(name) }) as const);
    if (names.length === 0) return undefined;
    return dead(seen[side], names) ?? { actions, wait: `until ${names.join(', ')} are put aside` };
  };

const primaryOf =
  (side: SideName): See =>
  ({ seen, places }) => {
    const { primary: name } = places[side];
    const found = databaseOf(seen[side], places[side]);
    const like = beforeName(name);
    if (!found)
      return step(
        [{ kind: 'create', side, name, of: otherSide(side), like }],
        `until ${name} has copied the other region's`,
      );
    if (isReady(found)) return undefined;
    return dead(seen[side], [name]) ?? { wait: `until ${name} is available: ${found.status}` };
  };

const replicas: See = ({ seen, places }) => {
  const { databases = {} } = seen.first;
  const { primary, replicas: names } = places.first;
  const missing = isReady(databases[primary]) ? names.filter((name) => !databases[name]) : [];
  return step(
    missing.map((name) => ({ kind: 'create', side: 'first', name, of: 'first', like: beforeName(name) }) as const),
  );
};

const replicasReady: See = ({ seen, places }) => {
  const { databases = {} } = seen.first;
  const waiting = places.first.replicas.filter((name) => !isReady(databases[name]));
  if (waiting.length === 0) return undefined;
  return dead(seen.first, waiting) ?? { wait: `until ${waiting.join(', ')} are available` };
};

/** Seconds until nobody can be led where the fence kept them before it was moved. */
const fenceLeft = ({ seen, places }: Case) =>
  Math.ceil(places.fenceSeconds - (seen.now - (seen.since.fence?.at ?? seen.now)) / 1000);

const unvisited = (seconds: number): Step => ({ wait: `${seconds} s, until no visitor can be with the servers there` });

/** The second region's servers read from its database as long as visitors can be there, and it has its name as long. */
const visitorsGone: See = (at) => {
  const left = fenceLeft(at);
  return stale(at.seen, at.places, 'second').length > 0 && left > 0 ? unvisited(left) : undefined;
};

/** Nothing that was acknowledged may be missing, but what a person has given up. */
const caught: See = (at) => {
  const { seen, from, to, places } = at;
  const name = places[to].primary;
  const patience = seen[from].readOnly === 'on' ? CATCH_UP_MS : GIVE_UP_MS;
  const isGivenUp = at.input.force && hungFor(at) > patience;
  if (writes(at, from) && !isGivenUp) {
    if (caughtUp(seen.replication, seen.since.readOnly)) return undefined;
    const since = seen.since.readOnly ?? seen.now;
    const wait = `until ${name} has all that ${places[from].primary} took`;
    if (seen.now - since <= CATCH_UP_MS) return { wait };
    return {
      stuck: `${name}: expected to catch up within ${CATCH_UP_MS / 60_000} min, got no sign of it; go on with --resume, go back with --to ${places[from].region}, or stop ${places[from].primary} and give up what is missing: --force`,
    };
  }
  const lost = lossFault(at);
  if (lost) return { stuck: lost };
  const left = fenceLeft(at);
  return (isSilent(at, from) || isGivenUp) && left > 0
    ? { wait: `${left} s, until no visitor can be in ${places[from].region}, which can't be asked` }
    : undefined;
};

const promoted: See = ({ seen, places, to }) => {
  const { primary: name } = places[to];
  const found = databaseOf(seen[to], places[to]);
  if (!found?.follows && isReady(found)) return undefined;
  const actions = isReady(found) ? [{ kind: 'promote', side: to, name } as const] : [];
  return dead(seen[to], [name]) ?? { actions, wait: `until ${name} writes: ${found?.status}` };
};

const grown: See = ({ seen, places }) =>
  step(
    seen.fleets.flatMap(({ name, group, min }) => {
      const least = places.services[name]?.min ?? 0;
      return min < least ? [{ kind: 'limits', group, min: least } as const] : [];
    }),
  );

const grownWell: See = ({ seen, places }) => {
  const small = seen.fleets.filter(
    ({ name, healthy, moving }) => moving || healthy < (places.services[name]?.min ?? 0),
  );
  const texts = small.map(({ name, healthy, moving }) => `${name} ${moving ? 'in a rollout' : healthy}`);
  return small.length > 0 ? { wait: `until servers are well: ${texts.join(', ')}` } : undefined;
};

const shrunk: See = (at) => {
  const { seen, places } = at;
  const actions = seen.fleets.flatMap(({ name, group, min, desired }) => {
    const { waiting = 0, min: grownTo = 0 } = places.services[name] ?? {};
    const isGrown = waiting < grownTo && (min > waiting || desired > waiting);
    return isGrown ? [{ kind: 'limits', group, min: waiting, desired: waiting } as const] : [];
  });
  const left = fenceLeft(at);
  if (actions.length > 0 && left > 0) return unvisited(left);
  return step(actions, 'until the servers wait again');
};

const alarms =
  (tell: boolean): See =>
  ({ seen }) => {
    const names = seen.alarms.filter(({ tells }) => tells !== tell).map(({ name }) => name);
    return step(names.length > 0 ? [{ kind: 'alarms', names, tell }] : []);
  };

const answers: See = ({ seen, places }) =>
  seen.second.answers ? undefined : { wait: `until ${places.second.url}/health is well` };

/** So that the time in which nobody can write is short. */
const prepared: See = ({ seen, places, input, from, to }) => {
  if (seen[from].readOnly !== 'off') return undefined; // it has begun
  if (!seen[to].answers) return { wait: `until ${places[to].url}/health is well, with the copy` };
  const lag = lossSeconds(seen.replication, seen.now, false);
  const isNear = input.force || (lag !== undefined && lag <= input.maxLagSeconds);
  return isNear ? undefined : { wait: `until ${places[to].primary} is near: ${lag ?? 'no figure of'} s behind` };
};

type Way = readonly See[];

/** By what is wished, and whether its database is the true one already. */
export const WAYS: Readonly<Record<SideName, { readonly switch: Way; readonly settle: Way }>> = {
  second: {
    switch: [fence(true), grown, readOnly('from', true), readOnly('to', false), caught, promoted],
    settle: [
      fence(true),
      grown,
      readOnly('from', true),
      readOnly('to', false),
      promoted,
      alarms(true),
      grownWell,
      answers,
    ],
  },
  first: {
    switch: [
      fence(true),
      putAside('first'),
      primaryOf('first'),
      prepared,
      readOnly('from', true),
      readOnly('to', false),
      caught,
      promoted,
    ],
    settle: [
      promoted,
      readOnly('to', false),
      fence(false),
      putAside('first'),
      replicas,
      visitorsGone,
      putAside('second'),
      primaryOf('second'),
      replicasReady,
      alarms(false),
      shrunk,
    ],
  },
};

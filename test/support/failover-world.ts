/** A world of two regions in which failovers are tried without AWS: databases that copy, lag, are promoted and renamed in their time, visitors whom names lead, a fence; it dies and changes at any step it is told to. */
import { lookOnce, type World } from '../../lambda/failover/machine';
import type { FailoverInput, LookInput, LookOutput, Places } from '../../lambda/failover/places';
import type { Database, Seen, SideName } from '../../lambda/failover/seen';
import type { Action } from '../../lambda/failover/steps';

export const FENCE_SECONDS = 90;
export const PLACES: Places = {
  first: { region: 'eu-west-1', primary: 'data', replicas: ['data-r1', 'data-r2'], url: 'https://first' },
  second: { region: 'eu-central-1', primary: 'away', replicas: [], url: 'https://second' },
  fence: 'arn:fence',
  services: {
    backend: { groups: { blue: 'backend-blue', green: 'backend-green' }, waiting: 1, min: 4 },
    workers: { groups: { blue: 'workers-blue' }, waiting: 0, min: 2 },
  },
  quiet: ['BackendRecovery'],
  backupDays: 14,
  fenceSeconds: FENCE_SECONDS,
};

export const order = (to: SideName, change: Partial<FailoverInput> = {}): FailoverInput => ({
  id: `failover-${to}`,
  to: PLACES[to].region,
  maxLagSeconds: 60,
  who: 'jane',
  ...change,
});

/** Seconds that each takes. */
const TAKES = { renaming: 60, creating: 300, modifying: 5, parameter: 20, servers: 60, 'backing-up': 30 };
/** Statuses in which a database answers; the second is its first backup's, after a promotion. */
const UP = ['available', 'backing-up'];

interface Instance {
  readonly uid: number;
  readonly created: number;
  status: string;
  follows?: number;
  /** Times of the writes it has. */
  readonly writes: { readonly at: number; readonly id: number }[];
  due?: { readonly at: number; readonly then: () => void };
}

interface Region {
  /** The machine reaches its control planes and names. */
  reachable: boolean;
  /** Visitors reach its servers, and its database the other region. */
  standing: boolean;
  /** RDS says that all is well, and no server of it answers, nor does a database take a parameter. */
  hung: boolean;
  readonly databases: Map<string, Instance>;
  readOnly: { value: boolean; since: number };
}

/** Call at which something happens: before it, or when it was done already. */
export interface Interruption {
  readonly at: number;
  readonly when: 'before' | 'after';
  readonly happens: (world: FailoverWorld) => void;
}

export const dies = () => {
  throw new Error('the machine died');
};

export interface Given {
  readonly interruptions?: readonly Interruption[];
  /** Seconds by which a copy is behind. @default 2 */
  readonly lag?: number;
  /** Seconds of the first backup of a promoted database. @default 30 */
  readonly backup?: number;
}

export class FailoverWorld implements World {
  time = 1_800_000_000_000;
  /** Calls of the world so far. */
  steps = 0;
  readonly regions: Record<SideName, Region>;
  fence = false;
  readonly said: string[] = [];
  readonly acts: Action[] = [];
  readonly fleets = new Map([
    ['backend', { min: 1, desired: 1, since: 0 }],
    ['workers', { min: 0, desired: 0, since: 0 }],
  ]);
  tells = false;
  /** What must never be, as it was found. */
  readonly wrong: string[] = [];
  /** Of writes that visitors were told are done. */
  readonly acknowledged: { readonly at: number; readonly id: number }[] = [];
  /** Until when a name may still lead there. */
  readonly #ledUntil: Record<SideName, number> = { first: 0, second: 0 };
  readonly #lags: Record<SideName, { at: number; value: number }[]> = { first: [], second: [] };
  readonly #behind: { at: number; value: number }[] = [];
  #wellAt: number | undefined;
  #uids = 0;

  constructor(public given: Given = {}) {
    const region = (): Region => ({
      reachable: true,
      standing: true,
      hung: false,
      databases: new Map(),
      readOnly: { value: false, since: 0 },
    });
    this.regions = { first: region(), second: region() };
    const home = this.#make('first', 'data');
    for (const name of ['data-r1', 'data-r2']) this.#make('first', name, home);
    this.#make('second', 'away', home);
    this.pass(300);
  }

  #make(side: SideName, name: string, source?: Instance, status = 'available'): Instance {
    this.#uids += 1;
    const made: Instance = { uid: this.#uids, created: this.time, status, follows: source?.uid, writes: [] };
    if (source) made.writes.push(...source.writes);
    this.regions[side].databases.set(name, made);
    this.time += 1000;
    return made;
  }

  database(side: SideName, name = PLACES[side].primary): Instance {
    const found = this.regions[side].databases.get(name);
    if (!found) throw new Error(`no database ${name}`);
    return found;
  }

  /** As a whole region goes, or is cut off from the machine alone while visitors stay in it. */
  lose(how: 'gone' | 'cut' | 'database' | 'hung'): void {
    const { first } = this.regions;
    if (how === 'database') this.database('first').status = 'failed';
    else if (how === 'hung') first.hung = true;
    else Object.assign(first, { reachable: false, standing: how === 'cut' });
  }

  regain(): void {
    Object.assign(this.regions.first, { reachable: true, standing: true, hung: false });
    for (const each of this.regions.first.databases.values()) if (each.status === 'failed') each.status = 'available';
  }

  #isReadOnly = (side: SideName) => {
    const { hung, readOnly } = this.regions[side];
    const { value, since } = readOnly;
    return !hung && value && this.time - since >= 1000 * TAKES.parameter;
  };

  #writable(side: SideName): boolean {
    const { standing, hung, databases } = this.regions[side];
    const found = databases.get(PLACES[side].primary);
    return (
      standing && !hung && UP.includes(found?.status ?? '') && found?.follows === undefined && !this.#isReadOnly(side)
    );
  }

  #answers = (side: SideName) =>
    this.regions[side].standing &&
    !this.regions[side].hung &&
    UP.includes(this.regions[side].databases.get(PLACES[side].primary)?.status ?? '');

  /** Where names lead, and have led for as long as somebody may still know. */
  #led(): readonly SideName[] {
    const now = this.fence || !this.#answers('first') ? 'second' : 'first';
    this.#ledUntil[now] = this.time + 1000 * FENCE_SECONDS;
    return (['first', 'second'] as const).filter((side) => this.#ledUntil[side] > this.time);
  }

  #instance = (uid: number | undefined) =>
    [...this.regions.first.databases.values(), ...this.regions.second.databases.values()].find(
      (each) => each.uid === uid,
    );

  #sideOf = (instance: Instance): SideName =>
    [...this.regions.first.databases.values()].includes(instance) ? 'first' : 'second';

  /** Time passes: visitors write, copies follow, what takes time ends. */
  pass(seconds: number): void {
    for (let second = 0; second < seconds; second++) {
      this.time += 1000;
      const led = this.#led();
      const writers = led.filter((side) => this.#writable(side));
      if (writers.length > 1) this.wrong.push(`step ${this.steps}: visitors write in both regions`);
      for (const side of writers) {
        const write = { at: this.time, id: this.acknowledged.length };
        this.database(side).writes.push(write);
        this.acknowledged.push(write);
      }
      for (const side of ['first', 'second'] as const)
        for (const each of [...this.regions[side].databases.values()]) this.#goOn(each);
      if (this.time % 60_000 === 0) this.#measure();
    }
  }

  #goOn(each: Instance): void {
    if (each.due && each.due.at <= this.time) {
      const { then } = each.due;
      each.due = undefined;
      each.status = 'available';
      then();
    }
    const source = this.#instance(each.follows);
    if (!source || each.status === 'modifying') return;
    const isLinked = [each, source].every((one) => {
      const { standing, hung } = this.regions[this.#sideOf(one)];
      return standing && !hung && one.status !== 'failed';
    });
    const until = this.time - 1000 * (this.given.lag ?? 2);
    while (isLinked && (source.writes[each.writes.length]?.at ?? Number.POSITIVE_INFINITY) <= until)
      each.writes.push(source.writes[each.writes.length] as Instance['writes'][number]);
  }

  /** Figures by the minute, as CloudWatch has them. */
  #measure(): void {
    for (const side of ['first', 'second'] as const) {
      const copy = this.regions[side].databases.get(PLACES[side].primary);
      const source = this.#instance(copy?.follows);
      if (!copy || !source) continue;
      this.#lags[side].push({ at: this.time, value: (this.time - (copy.writes.at(-1)?.at ?? copy.created)) / 1000 });
      this.#behind.push({ at: this.time, value: source.writes.length - copy.writes.length });
    }
    if (this.#answers('first')) this.#wellAt = this.time;
  }

  async #step<T>(does: () => T): Promise<T> {
    const at = this.steps++;
    const due = this.given.interruptions?.filter((each) => each.at === at) ?? [];
    for (const each of due) if (each.when === 'before') each.happens(this);
    const done = does();
    for (const each of due) if (each.when === 'after') each.happens(this);
    return done;
  }

  look = ({ to }: FailoverInput) =>
    this.#step((): Omit<Seen, 'since'> => {
      const side = to === PLACES.first.region ? 'first' : 'second';
      const { reachable } = this.regions.first;
      return {
        now: this.time,
        first: this.#seen('first'),
        second: this.#seen('second'),
        fence: this.fence,
        fleets: [...this.fleets].map(([name, { min, desired, since }]) => ({
          name,
          group: `${name}-blue`,
          min,
          desired,
          healthy: this.time - since >= 1000 * TAKES.servers ? desired : 0,
          moving: false,
        })),
        alarms: [{ name: 'LatencyHigh', tells: this.tells }],
        replication: {
          lag: this.#lags[side].slice(-60),
          behind: reachable ? this.#behind.slice(-60) : [],
          wellAt: this.#wellAt,
        },
        others: [],
      };
    });

  #seen(side: SideName): Seen['first'] {
    const { reachable, databases } = this.regions[side];
    if (!reachable) return { readOnly: 'off', answers: false };
    const known = [...databases].map(([name, { status, created, follows }]): [string, Database] => [
      name,
      { status, created, ...(follows !== undefined && { follows: `${follows}` }) },
    ]);
    return {
      databases: Object.fromEntries(known),
      readOnly: this.#isReadOnly(side) ? 'on' : this.regions[side].readOnly.value ? 'applying' : 'off',
      answers: this.#answers(side),
    };
  }

  act = (action: Action) =>
    this.#step(() => {
      this.acts.push(action);
      this.#do(action);
    });

  #takes(
    instance: Instance,
    status: 'renaming' | 'creating' | 'modifying' | 'backing-up',
    then: () => void,
    seconds = TAKES[status],
  ): void {
    instance.status = status;
    instance.due = { at: this.time + 1000 * seconds, then };
  }

  #do(action: Action): void {
    if ('side' in action && !this.regions[action.side].reachable) throw new Error(`${action.side} doesn't answer`);
    if (action.kind === 'fence') this.fence = action.up;
    if (action.kind === 'alarms') this.tells = action.tell;
    if (action.kind === 'read-only') {
      const { readOnly } = this.regions[action.side];
      if (readOnly.value !== action.on) this.regions[action.side].readOnly = { value: action.on, since: this.time };
    }
    if (action.kind === 'limits') {
      const fleet = this.fleets.get(action.group.replace('-blue', ''));
      if (!fleet) throw new Error(`no group ${action.group}`);
      fleet.min = action.min;
      fleet.desired = action.desired ?? Math.max(fleet.desired, action.min);
      fleet.since = this.time;
    }
    if (action.kind === 'promote') {
      const found = this.database(action.side, action.name);
      if (found.status !== 'available') return; // InvalidDBInstanceState
      this.#takes(found, 'modifying', () => {
        found.follows = undefined;
        this.#takes(found, 'backing-up', () => undefined, this.given.backup);
      });
    }
    if (action.kind === 'rename') {
      const { databases } = this.regions[action.side];
      if (databases.has(action.as)) throw new Error(`${action.as} is there`);
      const found = this.database(action.side, action.name);
      if (found.status !== 'available') return;
      this.#takes(found, 'renaming', () => {
        databases.delete(action.name);
        databases.set(action.as, found);
      });
    }
    if (action.kind === 'create') {
      const { databases } = this.regions[action.side];
      if (databases.has(action.name)) return; // DBInstanceAlreadyExists
      this.database(action.side, action.like);
      const made = this.#make(action.side, action.name, this.database(action.of), 'creating');
      this.#takes(made, 'creating', () => undefined);
    }
  }

  tell = (what: string) =>
    this.#step(() => {
      this.said.push(what);
    });

  /** Acknowledged writes that the true database lacks. */
  lost(side: SideName): number {
    const has = new Set(this.database(side).writes.map(({ id }) => id));
    return this.acknowledged.filter(({ id }) => !has.has(id)).length;
  }
}

const MOST_LOOKS = 1500;

/** Runs the machine to its end; a look that dies comes again, as the state machine does it. @param resumed a killed execution is begun anew: nothing is passed on */
export async function run(world: FailoverWorld, failover: FailoverInput, resumed = false): Promise<LookOutput> {
  const begin: LookInput = { failover, places: PLACES, looks: 0, since: {} };
  let input = begin;
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    try {
      const output = await lookOnce(world, input);
      if (output.next === 'done' || output.next === 'failed') return output;
      input = output;
      world.pass(output.seconds);
    } catch (error) {
      if ((error as Error).message !== 'the machine died') throw error;
      if (resumed) input = begin;
      world.pass(2);
    }
  }
  throw new Error(`expected an end within ${MOST_LOOKS} looks, got: ${input.said}`);
}

/** What matters in the end. */
export function summary(world: FailoverWorld) {
  const names = (side: SideName) =>
    [...world.regions[side].databases].map(([name, { follows }]) => (follows ? `${name} copies` : name)).sort();
  return {
    fence: world.fence,
    first: names('first'),
    second: names('second'),
    sizes: [...world.fleets.values()].map(({ min, desired }) => [min, desired]),
    tells: world.tells,
  };
}

/** The databases of two regions in a model: they copy, lag, are promoted and renamed in their time. Knows no visitors, and no names that lead them. */
import type { SideName } from '../../lambda/failover/seen';
import type { Action } from '../../lambda/failover/steps';
import { PLACES } from './failover-places';

/** Seconds that each takes. */
export const TAKES = { renaming: 60, creating: 300, modifying: 5, parameter: 20, servers: 60, 'backing-up': 30 };
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

export interface Pace {
  /** Seconds by which a copy is behind. @default 2 */
  readonly lag?: number;
  /** Seconds of the first backup of a promoted database. @default 30 */
  readonly backup?: number;
}

type OfDatabases = Extract<Action, { readonly kind: 'promote' | 'rename' | 'create' }>;

export class FailoverDatabases {
  time = 1_800_000_000_000;
  readonly regions: Record<SideName, Region>;
  #uids = 0;

  constructor(public given: Pace = {}) {
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

  protected isReadOnly = (side: SideName) => {
    const { hung, readOnly } = this.regions[side];
    const { value, since } = readOnly;
    return !hung && value && this.time - since >= 1000 * TAKES.parameter;
  };

  protected writable(side: SideName): boolean {
    const { standing, hung, databases } = this.regions[side];
    const found = databases.get(PLACES[side].primary);
    return (
      standing && !hung && UP.includes(found?.status ?? '') && found?.follows === undefined && !this.isReadOnly(side)
    );
  }

  protected answers = (side: SideName) =>
    this.regions[side].standing &&
    !this.regions[side].hung &&
    UP.includes(this.regions[side].databases.get(PLACES[side].primary)?.status ?? '');

  protected instance = (uid: number | undefined) =>
    [...this.regions.first.databases.values(), ...this.regions.second.databases.values()].find(
      (each) => each.uid === uid,
    );

  #sideOf = (instance: Instance): SideName =>
    [...this.regions.first.databases.values()].includes(instance) ? 'first' : 'second';

  /** A second has passed. */
  protected goOn(each: Instance): void {
    if (each.due && each.due.at <= this.time) {
      const { then } = each.due;
      each.due = undefined;
      each.status = 'available';
      then();
    }
    const source = this.instance(each.follows);
    if (!source || each.status === 'modifying') return;
    const isLinked = [each, source].every((one) => {
      const { standing, hung } = this.regions[this.#sideOf(one)];
      return standing && !hung && one.status !== 'failed';
    });
    const until = this.time - 1000 * (this.given.lag ?? 2);
    while (isLinked && (source.writes[each.writes.length]?.at ?? Number.POSITIVE_INFINITY) <= until)
      each.writes.push(source.writes[each.writes.length] as Instance['writes'][number]);
  }

  #takes(
    instance: Instance,
    status: 'renaming' | 'creating' | 'modifying' | 'backing-up',
    then: () => void,
    seconds = TAKES[status],
  ): void {
    instance.status = status;
    instance.due = { at: this.time + 1000 * seconds, then };
  }

  protected change(action: OfDatabases): void {
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
}

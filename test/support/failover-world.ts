/** A world of two regions in which failovers are tried without AWS: databases, visitors whom names lead, a fence; it dies and changes at any step it is told to. */
import type { World } from '../../lambda/failover/machine';
import type { FailoverInput } from '../../lambda/failover/places';
import type { Database, Seen, SideName } from '../../lambda/failover/seen';
import type { Action } from '../../lambda/failover/steps';
import { FailoverDatabases, type Pace, TAKES } from './failover-databases';
import { FENCE_SECONDS, PLACES } from './failover-places';

/** Call at which something happens: before it, or when it was done already. */
export interface Interruption {
  readonly at: number;
  readonly when: 'before' | 'after';
  readonly happens: (world: FailoverWorld) => void;
}

export const dies = () => {
  throw new Error('the machine died');
};

export interface Given extends Pace {
  readonly interruptions?: readonly Interruption[];
}

export class FailoverWorld extends FailoverDatabases implements World {
  /** Calls of the world so far. */
  steps = 0;
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
  /** Seconds in which somebody may have been in the second region and its servers had nothing to read from. */
  unread = 0;
  /** Until when a name may still lead there. */
  readonly #ledUntil: Record<SideName, number> = { first: 0, second: 0 };
  readonly #lags: Record<SideName, { at: number; value: number }[]> = { first: [], second: [] };
  readonly #behind: { at: number; value: number }[] = [];
  #wellAt: number | undefined;

  constructor(public override given: Given = {}) {
    super(given);
    this.pass(300);
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

  /** Where names lead, and have led for as long as somebody may still know. */
  #led(): readonly SideName[] {
    const now = this.fence || !this.answers('first') ? 'second' : 'first';
    this.#ledUntil[now] = this.time + 1000 * FENCE_SECONDS;
    return (['first', 'second'] as const).filter((side) => this.#ledUntil[side] > this.time);
  }

  /** Time passes: visitors write, copies follow, what takes time ends. */
  pass(seconds: number): void {
    for (let second = 0; second < seconds; second++) {
      this.time += 1000;
      const led = this.#led();
      const copy = this.regions.second.databases.get(PLACES.second.primary);
      if (led.includes('second') && (copy?.status ?? 'creating') === 'creating') this.unread++;
      const writers = led.filter((side) => this.writable(side));
      if (writers.length > 1) this.wrong.push(`step ${this.steps}: visitors write in both regions`);
      for (const side of writers) {
        const write = { at: this.time, id: this.acknowledged.length };
        this.database(side).writes.push(write);
        this.acknowledged.push(write);
      }
      for (const side of ['first', 'second'] as const)
        for (const each of [...this.regions[side].databases.values()]) this.goOn(each);
      if (this.time % 60_000 === 0) this.#measure();
    }
  }

  /** Figures by the minute, as CloudWatch has them. */
  #measure(): void {
    for (const side of ['first', 'second'] as const) {
      const copy = this.regions[side].databases.get(PLACES[side].primary);
      const source = this.instance(copy?.follows);
      if (!copy || !source) continue;
      this.#lags[side].push({ at: this.time, value: (this.time - (copy.writes.at(-1)?.at ?? copy.created)) / 1000 });
      this.#behind.push({ at: this.time, value: source.writes.length - copy.writes.length });
    }
    if (this.answers('first')) this.#wellAt = this.time;
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
      readOnly: this.isReadOnly(side) ? 'on' : this.regions[side].readOnly.value ? 'applying' : 'off',
      answers: this.answers(side),
    };
  }

  act = (action: Action) =>
    this.#step(() => {
      this.acts.push(action);
      this.#do(action);
    });

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
    if (action.kind === 'promote' || action.kind === 'rename' || action.kind === 'create') this.change(action);
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

/** A world in which rollouts are tried without AWS: groups whose servers boot after a while, weights, a refresh, states with etags; it fails, dies and changes at any step it is told to. */
import type { World } from '../../lambda/rollout/machine';
import type { Figures, Refresh, Seen } from '../../lambda/rollout/seen';
import type { Service, SmokeResult } from '../../lambda/rollout/service';
import type { Colour, Plan, Release, RolloutInput, ServiceState } from '../../lambda/rollout/state';
import type { Action } from '../../lambda/rollout/wanted';

export const OLD: Release = { id: 'old', sha256: '1' };
export const NEW: Release = { id: 'new', sha256: '2' };
export const BOOT_SECONDS = 20;

export const PLAN: Plan = {
  strategy: 'canary',
  steps: [5, 25, 50, 100],
  bakeSeconds: 20,
  bootSeconds: 300,
  keepSeconds: 20,
  pollSeconds: 10,
  moreErrorsPercent: 1,
  slowerTimes: 1.5,
  fewRequests: 20,
};

export const order = (change: Partial<RolloutInput> = {}, plan: Partial<Plan> = {}): RolloutInput => ({
  id: 'rollout-1',
  services: ['backend'],
  release: NEW,
  plan: { ...PLAN, ...plan },
  ...change,
});

interface Server {
  readonly release: string;
  readonly healthyAt: number;
}

interface Group {
  min: number;
  max: number;
  desired: number;
  scheduled: boolean;
  servers: Server[];
  refresh?: { id: string; status: string; percent: number; left: number };
}

interface Part {
  state: ServiceState;
  etag: number;
  readonly groups: { blue: Group; green?: Group };
  weights?: Record<Colour, number>;
  firing: string[];
  figures?: { canary: Figures; baseline: Figures };
  deploying: boolean;
}

/** Step at which something happens: before it, or when it was done already. */
export interface Interruption {
  readonly at: number;
  readonly when: 'before' | 'after';
  readonly happens: (world: RolloutWorld) => void;
}

export const dies = () => {
  throw new Error('the machine died');
};

export interface Given {
  readonly size?: number;
  readonly max?: number;
  /** Others have one group and nothing that sends requests. @default backend alone */
  readonly services?: readonly string[];
  readonly interruptions?: readonly Interruption[];
  /** Servers of that release never get well. */
  readonly broken?: string;
  /** Asked for each test. @default all is well */
  readonly smoke?: () => SmokeResult;
}

const group = (size: number, max: number): Group => ({
  min: Math.min(2, size),
  max,
  desired: size,
  scheduled: true,
  servers: Array.from({ length: size }, () => ({ release: OLD.id, healthyAt: 0 })),
});

export class RolloutWorld implements World {
  time = 1_000_000_000_000;
  /** Calls of the world so far. */
  steps = 0;
  readonly parts = new Map<string, Part>();
  readonly said: string[] = [];
  /** Requests that servers of the new release had, in percent, whenever that changed. */
  readonly weightsSet: number[] = [];
  /** What must never be, as it was found. */
  readonly wrong: string[] = [];
  readonly #least = new Map<string, number>();
  #refreshes = 0;

  constructor(readonly given: Given = {}) {
    const { size = 4, max = 10, services = ['backend'] } = given;
    for (const name of services) {
      const isBalanced = name !== 'workers';
      this.parts.set(name, {
        state: {
          active: 'blue',
          fleets: { blue: OLD },
          weights: { blue: 100, green: 0 },
          configured: { min: 2, max },
          outcomes: [],
        },
        etag: 1,
        groups: {
          blue: group(size, max),
          ...(isBalanced && { green: { ...group(0, 0), min: 0, scheduled: false } }),
        },
        ...(isBalanced && { weights: { blue: 100, green: 0 } }),
        firing: [],
        deploying: false,
      });
      this.#least.set(name, size);
    }
  }

  part(name = 'backend'): Part {
    const part = this.parts.get(name);
    if (!part) throw new Error(`no service ${name}`);
    return part;
  }

  group(colour: Colour, name = 'backend'): Group {
    const found = this.part(name).groups[colour];
    if (!found) throw new Error(`no ${colour} group of ${name}`);
    return found;
  }

  readonly now = () => this.time;

  async #step<T>(does: () => T): Promise<T> {
    const at = this.steps++;
    const due = this.given.interruptions?.filter((each) => each.at === at) ?? [];
    for (const each of due) if (each.when === 'before') each.happens(this);
    const done = does();
    this.check();
    for (const each of due) if (each.when === 'after') each.happens(this);
    return done;
  }

  read = (name: string) =>
    this.#step(() => {
      const found = this.parts.get(name);
      return found && { state: structuredClone(found.state), etag: `${found.etag}` };
    });

  write = (name: string, state: ServiceState, etag: string) =>
    this.#step(() => {
      const part = this.part(name);
      if (`${part.etag}` !== etag) return undefined;
      part.state = structuredClone(state);
      part.etag += 1;
      return `${part.etag}`;
    });

  /** As somebody else writes: the command, or another machine. */
  change(name: string, change: (state: ServiceState) => ServiceState): void {
    const part = this.part(name);
    part.state = change(part.state);
    part.etag += 1;
  }

  #healthy({ servers }: Group): number {
    return servers.filter(({ healthyAt }) => healthyAt <= this.time).length;
  }

  look = ({ stack }: Service) =>
    this.#step((): Seen => {
      const part = this.part(stack);
      const seen = (found: Group, colour: Colour) => ({
        name: `${stack}-${colour}`,
        min: found.min,
        max: found.max,
        desired: found.desired,
        servers: found.servers.length,
        healthy: this.#healthy(found),
        scheduled: found.scheduled,
        refresh: found.refresh && this.#refreshSeen(found.refresh),
      });
      const { blue, green } = part.groups;
      return {
        groups: { blue: seen(blue, 'blue'), ...(green && { green: seen(green, 'green') }) },
        weights: part.weights && { ...part.weights },
        firing: [...part.firing],
        deploying: part.deploying,
        figures: part.state.rollout && ['boot', 'bake'].includes(part.state.rollout.phase) ? part.figures : undefined,
      };
    });

  #refreshSeen({ id, status, percent }: NonNullable<Group['refresh']>): Refresh {
    return { id, status, percent, running: !['Successful', 'Cancelled', 'Failed'].includes(status) };
  }

  act = (action: Action, { stack }: Service) => this.#step(() => this.#do(action, stack));

  #do(action: Action, name: string): string | undefined {
    const part = this.part(name);
    if (action.kind === 'weights') {
      part.weights = { ...action.weights };
      this.weightsSet.push(action.weights.green);
      return undefined;
    }
    const colour = action.group.endsWith('blue') ? 'blue' : 'green';
    const found = this.group(colour, name);
    if (action.kind === 'limits') {
      if (action.limits.min > action.limits.max) throw new Error('ValidationError: min above max');
      Object.assign(found, action.limits);
      found.desired = Math.min(found.max, Math.max(found.min, found.desired));
      this.#fill(found, colour, name);
    }
    if (action.kind === 'schedule') found.scheduled = action.scheduled;
    if (action.kind === 'cancel' && found.refresh) {
      found.refresh.status = 'Cancelled';
      const well = found.servers.filter(({ healthyAt }) => healthyAt <= this.time);
      found.servers = well.slice(0, Math.max(found.desired, 0));
    }
    if (action.kind !== 'start') return undefined;
    this.#refreshes += 1;
    const id = `refresh-${this.#refreshes}`;
    found.refresh = { id, status: 'InProgress', percent: 0, left: found.servers.length };
    return id;
  }

  tell = (what: string) =>
    this.#step(() => {
      this.said.push(what);
    });

  #new(colour: Colour, name: string): Server {
    const release = this.part(name).state.fleets[colour]?.id ?? 'none';
    const never = release === this.given.broken ? Number.POSITIVE_INFINITY : 0;
    return { release, healthyAt: this.time + 1000 * BOOT_SECONDS + never };
  }

  #fill(found: Group, colour: Colour, name: string): void {
    while (found.servers.length < found.desired) found.servers.push(this.#new(colour, name));
    found.servers.length = found.desired;
  }

  /** One more at a time, and one of the old ones less when it is well. */
  #replace({ servers, desired }: Group, refresh: NonNullable<Group['refresh']>, colour: Colour, name: string): void {
    if (servers.some(({ healthyAt }) => healthyAt > this.time)) return;
    if (servers.length > desired) {
      servers.shift();
      refresh.left -= 1;
      refresh.percent = Math.floor(99 * (1 - refresh.left / desired));
    }
    if (servers.length <= desired && refresh.left > 0) servers.push(this.#new(colour, name));
    if (refresh.left <= 0) Object.assign(refresh, { status: 'Successful', percent: 100 });
  }

  /** Time passes: servers boot, refreshes replace one after the other. */
  pass(seconds: number): void {
    this.time += 1000 * seconds;
    for (const [name, part] of this.parts)
      for (const [colour, found] of Object.entries(part.groups) as [Colour, Group][]) {
        const { refresh } = found;
        if (refresh?.status === 'InProgress') this.#replace(found, refresh, colour, name);
        else this.#fill(found, colour, name);
      }
    this.check();
  }

  /** What holds at each moment, whatever happens. */
  check(): void {
    for (const [name, { weights, groups, state }] of this.parts) {
      const wrong = (text: string) => this.wrong.push(`${name}, step ${this.steps}: ${text}`);
      if (!weights || !groups.green) continue;
      if (weights.blue + weights.green !== 100) wrong(`weights ${JSON.stringify(weights)}`);
      for (const colour of ['blue', 'green'] as const) {
        const found = this.group(colour, name);
        if (this.#least.get(name) && weights[colour] > 0 && this.#healthy(found) === 0)
          wrong(`${weights[colour]} % to no server of ${colour}`);
      }
      const [most] = (['blue', 'green'] as const).toSorted((a, b) => weights[b] - weights[a]);
      const least = state.rollout ? (this.#least.get(name) ?? 0) : 0;
      if (
        most &&
        weights[most] === 100 &&
        state.rollout?.phase !== 'keep' &&
        this.#healthy(this.group(most, name)) < least
      )
        wrong(`${this.#healthy(this.group(most, name))} servers for all requests, expected ${least}`);
    }
  }
}

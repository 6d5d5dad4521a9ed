/** Deployed services for tests of the command: a bucket in memory, and a machine that a test plays. Not the machine of the Rollouts stack. */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { Plan, Release, Rollout, RolloutInput, ServiceState } from '../../lambda/rollout/state';
import type { Stored } from '../../lambda/rollout/store';
import type { Execution, Fleets } from '../../lib/commands/release/fleets';

export const PLAN: Plan = {
  strategy: 'canary',
  steps: [5, 100],
  bakeSeconds: 60,
  bootSeconds: 300,
  keepSeconds: 600,
  pollSeconds: 5,
  moreErrorsPercent: 1,
  slowerTimes: 1.5,
  fewRequests: 20,
};

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** An archive with such files, and the release that it is. */
export async function archived(files: Readonly<Record<string, string>>) {
  const tar = pack();
  for (const [name, text] of Object.entries(files)) tar.entry({ name, mtime: new Date(0) }, text);
  tar.finalize();
  const archive = await buffer(tar);
  const digest = sha256(archive);
  return { archive, release: { id: digest.slice(0, 12), sha256: digest } };
}

export const stateOf = (live: Release, more: Partial<ServiceState> = {}): ServiceState => ({
  active: 'blue',
  fleets: { blue: live },
  weights: { blue: 100, green: 0 },
  configured: { min: 2, max: 4 },
  outcomes: [],
  ...more,
});

export const rolloutOf = (input: RolloutInput, from: Release, more: Partial<Rollout> = {}): Rollout => ({
  id: input.id,
  release: input.release,
  from,
  plan: input.plan,
  phase: 'boot',
  step: -1,
  begun: Date.now(),
  since: Date.now(),
  size: 2,
  limits: { min: 2, max: 4 },
  firing: [],
  ...more,
});

/** What the machine makes of a state at its next look; the same again where it waits. */
export type Move = (state: ServiceState, input: RolloutInput) => ServiceState;

/** At once to its end, well or badly. */
export const ends =
  (outcome: 'released' | 'rolled back', reason?: string): Move =>
  (state, { id, release, plan }) => {
    const from = state.fleets[state.active] as Release;
    const ended = { id, release, from, strategy: plan.strategy, outcome, reason, begun: 1, ended: Date.now() };
    const outcomes = [ended, ...state.outcomes];
    if (outcome === 'rolled back') return { ...state, outcomes, rollout: undefined };
    return {
      ...state,
      active: 'green',
      fleets: { blue: from, green: release },
      weights: { blue: 0, green: 100 },
      rollout: rolloutOf({ id, services: [], release, plan }, from, { phase: 'keep' }),
      outcomes,
    };
  };

export class FakeFleets implements Fleets {
  readonly stored = new Map<string, ServiceState>();
  readonly archives = new Map<string, Buffer>();
  readonly manifests = new Map<string, string>();
  readonly started: { readonly name: string; readonly input: RolloutInput }[] = [];
  /** What happens, in order; each part by the name of its kind. */
  readonly log: string[] = [];
  /** One for each look after a start. @default the machine does nothing */
  moves: Move[] = [];
  /** Ends of executions by name. */
  readonly executions = new Map<string, Execution>();
  #version = 0;

  async states(): Promise<ReadonlyMap<string, Stored>> {
    const input = this.started.at(-1)?.input;
    const move = input && this.moves.shift();
    if (move)
      for (const service of input.services) {
        const state = this.stored.get(service);
        if (state) this.stored.set(service, move(state, input));
      }
    return new Map([...this.stored].map(([service, state]) => [service, { state, etag: `${this.#version}` }]));
  }

  async writeState(service: string, { state, etag }: Stored): Promise<boolean> {
    if (etag !== `${this.#version}`) return false;
    this.#version++;
    this.stored.set(service, state);
    return true;
  }

  async start(input: RolloutInput, name = input.id): Promise<void> {
    this.log.push(`start ${input.release.id}`);
    this.started.push({ name, input });
    this.executions.set(name, { input, status: 'RUNNING' });
  }

  execution = async (name: string) => this.executions.get(name);
  runs = async (id: string) =>
    [...this.executions].some(([name, { status }]) => name.startsWith(id) && status === 'RUNNING');
  alarms = async () => ['Holdfast-dev-Backend-LatencyHigh'];
  archive = async (id: string) => this.archives.get(id);
  manifest = async (id: string) => this.manifests.get(id);

  async put(id: string, what: 'archive' | 'manifest', body: Uint8Array | string): Promise<boolean> {
    if (what === 'archive') {
      if (this.archives.has(id)) return false;
      this.archives.set(id, Buffer.from(body));
    } else {
      if (this.manifests.has(id)) return false;
      this.manifests.set(id, body.toString());
    }
    this.log.push(`put ${what}`);
    return true;
  }
}

/** What releases are drilled on: the whole local system, deployed once by the real CDK CLI for all scenarios of a run, and the command as people call it. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../../../lib/commands/release/progress';
import { environment } from '../../../lib/config';
import type { Environment } from '../../../lib/config/environment';
import { cdk } from '../../../lib/rehearsal/aws';
import { freePort } from '../../../lib/rehearsal/ports';
import { until } from '../../../lib/rehearsal/process';
import { type System, startSystem } from '../../../lib/rehearsal/system';
import { type Called, called } from '../called';
import { KINDS } from '../kinds';
import { Visitors } from '../visitors';
import { Account } from './account';
import { type Fault, type Made, made } from './archive';
import type { Alteration } from './assembly';

const STATE = '.holdfast/drills/releases';
const REST_MS = 90_000;
/** A canary of three steps; each is watched long enough for some hundred requests. */
const RELEASES = { canaryPercent: [25, 50, 100], bakeSeconds: 12, bootMinutes: 1, keepMinutes: 0 };
/** 15 a second: the emulator's balancer is one thread. Without logins: a busy machine refuses some of those, whatever the release. */
const MIX = {
  profile: { ...KINDS.profile, perSecond: 7 },
  product: { ...KINDS.product, perSecond: 2 },
  order: { ...KINDS.order, perSecond: 2 },
  orders: KINDS.orders,
  tokenProfile: { ...KINDS.tokenProfile, perSecond: 3 },
};

const base = environment();
const { channels: _, ...alerts } = base.alerts;
export const CONFIG: Environment = {
  ...base,
  alerts,
  fleet: { ...base.fleet, min: 2, max: 10, databasePool: 2, requestsPer15Minutes: 1_000_000 },
  workers: { ...base.workers, group: { instanceClass: 't4g.small', min: 1, max: 1, backlog: 1000 } },
  releases: RELEASES,
};

/** As the CDK CLI knows it, by its place among the constructs. */
export const BACKEND = 'Holdfast/Backend';

let assemblies = 0;

/** Of the environment, in a folder of its own. @returns that */
export async function assembly(alteration: Alteration): Promise<string> {
  const { synthesised } = await import('./assembly');
  assemblies += 1;
  return synthesised(`${STATE}/assembly-${assemblies}`, CONFIG, alteration);
}

export class ReleaseWorld {
  #releases = 0;

  private constructor(
    readonly system: System,
    readonly account: Account,
    readonly visitors: Visitors,
  ) {}

  static async start(say: (step: string) => void): Promise<ReleaseWorld> {
    rmSync(STATE, { recursive: true, force: true });
    mkdirSync(STATE, { recursive: true });
    const folder = await assembly('nothing');
    const system = await startSystem({
      config: CONFIG,
      port: await freePort(),
      state: STATE,
      assembly: folder,
      say,
    });
    const account = await Account.of(system.cloud, CONFIG.region, CONFIG.name);
    const { host } = new URL(system.url);
    const visitors = new Visitors(system.cloud.endpoint, { host, kinds: MIX });
    await visitors.comeIn();
    return new ReleaseWorld(system, account, visitors);
  }

  release(tag: string, fault: Fault = {}): Promise<Made> {
    this.#releases += 1;
    return made(join(STATE, 'archives'), `${this.#releases}-${tag}`, fault);
  }

  /** `npm run release` in a process of its own. @param made what was built @default nothing new */
  call(
    words: readonly string[],
    { made: built, releases }: { readonly made?: Made; readonly releases?: Environment['releases'] } = {},
  ): Promise<Called<Event>> {
    return called({
      command: 'test/drills/releases/command.ts',
      cloud: this.system.cloud,
      config: { ...CONFIG, releases: { ...RELEASES, ...releases } },
      words,
      cwd: built?.folder,
    });
  }

  cdk(name: string, ...words: readonly string[]) {
    const all = [...words, '--build', 'true']; // else it would build anew what the servers run from
    return cdk(this.system.cloud, CONFIG.region, all, `${STATE}/logs/cdk-${name}.log`);
  }

  /** Backend alone, from that folder. */
  deploy(assembly: string) {
    return this.cdk('deploy', 'deploy', '--app', assembly, BACKEND, '--exclusively', '--require-approval', 'never');
  }

  /** No rollout, the resting group empty, as many healthy servers as are wanted. */
  async atRest(): Promise<void> {
    await until(
      'no rollout, and healthy servers',
      async () => {
        const [state, groups] = await Promise.all([this.account.state(), this.account.groups()]);
        const active = groups[state.active];
        const resting = groups[state.active === 'blue' ? 'green' : 'blue'];
        const healthy = await this.account.healthy(state.active);
        const isWhole = active.all.length === active.desired && healthy.length === active.desired;
        return !state.rollout && resting.all.length === 0 && isWhole;
      },
      REST_MS,
    );
  }
}

let shared: Promise<ReleaseWorld> | undefined;

/** The same for all scenarios of a run. */
export function releaseWorld(say: (step: string) => void): Promise<ReleaseWorld> {
  shared ??= ReleaseWorld.start(say);
  return shared;
}

export async function endReleaseWorld(): Promise<void> {
  const world = await shared?.catch(() => undefined);
  await world?.visitors.close();
  await world?.system.stop();
}

/** What each way through the command is given, and the steps that they share. */
import type { Plan, Release, RolloutInput } from '../../../lambda/rollout/state';
import type { Environment } from '../../config/environment';
import { filesIn } from './archive';
import type { Fleets } from './fleets';
import type { Migrations } from './migrations';
import type { ReleaseOptions } from './options';
import type { Built } from './origin';
import { resumeName, rolloutId, type States } from './plan';
import type { End, Event } from './progress';
import type { Origin } from './provenance';
import type { Waiting } from './regions';
import type { PublishSite } from './site';
import { watch } from './watch';

export interface Task {
  readonly config: Environment;
  /** Of the region that is in use. */
  readonly fleets: Fleets;
  /** The region that follows it. @default there is none */
  readonly waiting?: Waiting;
  /** Those asked for, in their order. */
  readonly services: readonly string[];
  readonly options: ReleaseOptions;
  readonly who: string;
  readonly say: (event: Event) => void;
  readonly publishSite: PublishSite;
  readonly built: () => { readonly built: Built; readonly origin: Origin };
  /** Between looks. @default 1 s */
  readonly lookMs?: number;
}

/** The site goes with the backend. */
export const withSite = (services: readonly string[]) => services.includes('backend');

export const statesOf = async ({ fleets }: Task): Promise<States> =>
  new Map([...(await fleets.states())].map(([service, { state }]) => [service, state]));

export const migrationsIn = async (archive: Uint8Array): Promise<Migrations> =>
  new Map([...(await filesIn(archive, 'backend/migrations'))].map(([name, sql]) => [name, sql.toString()]));

/** A copy in a region that is silent anyway doesn't hold the site up. */
export async function publish({ say, publishSite, waiting }: Task, id: string, archive: Uint8Array): Promise<void> {
  say({ event: 'site', release: id, text: 'site' });
  const isSilent = waiting !== undefined && 'silent' in waiting;
  say({ event: 'site', release: id, text: `site     ${await publishSite(id, archive, isSilent)}` });
}

export const follow = ({ fleets, config, say, lookMs }: Task, id: string, services: readonly string[]) =>
  watch({ fleets, environment: config.name, id, services, say, lookMs });

export function tell({ say }: Task, release: string, end: End, back = false): void {
  const text =
    end.outcome === 'released'
      ? `${release} is ${back ? 'live again' : 'released'}`
      : `${release} was rolled back: ${end.service}: ${end.reason}`;
  say({ event: 'end', release, outcome: end.outcome, ...('reason' in end && { reason: end.reason }), text });
}

export async function begin(task: Task, services: readonly string[], release: Release, plan: Plan): Promise<End> {
  const id = rolloutId(release.id, task.who, new Date());
  await task.fleets.start({ id, services, release, plan });
  task.say({
    event: 'started',
    release: release.id,
    text: `rollout  ${id} of ${services.join(', ')} by ${plan.strategy}${
      plan.strategy === 'canary' ? `: ${plan.steps.join(', ')} %` : ''
    }`,
  });
  return follow(task, id, services);
}

export async function startAgain({ fleets, say }: Task, id: string, input: RolloutInput): Promise<void> {
  await fleets.start(input, resumeName(id, new Date()));
  say({ event: 'started', release: input.release.id, text: `rollout  ${id} goes on` });
}

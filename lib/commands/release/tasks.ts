/** The ways through the command: forward, back, again, and looking on. Each returns an exit code and throws a ConfigError for what the user can mend. */
import type { Plan, Release, RolloutInput } from '../../../lambda/rollout/state';
import { ConfigError } from '../../config/config-error';
import type { Environment } from '../../config/environment';
import { planOf } from '../../config/releases';
import { filesIn } from './archive';
import type { Fleets } from './fleets';
import { type Migrations, migrationFaults, tooOld } from './migrations';
import type { ReleaseOptions } from './options';
import type { Built } from './origin';
import {
  historyOf,
  lastId,
  liveOf,
  refuseUnderWay,
  resumeName,
  rolloutId,
  type States,
  targetOf,
  toMove,
  unfinished,
} from './plan';
import type { End, Event } from './progress';
import { type Origin, statement } from './provenance';
import type { PublishSite } from './site';
import { store, storedArchive, storedSha256 } from './store';
import { watch } from './watch';

export interface Task {
  readonly config: Environment;
  readonly fleets: Fleets;
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
const withSite = (services: readonly string[]) => services.includes('backend');

const statesOf = async ({ fleets }: Task): Promise<States> =>
  new Map([...(await fleets.states())].map(([service, { state }]) => [service, state]));

const migrationsIn = async (archive: Uint8Array): Promise<Migrations> =>
  new Map([...(await filesIn(archive, 'backend/migrations'))].map(([name, sql]) => [name, sql.toString()]));

async function publish({ say, publishSite }: Task, id: string, archive: Uint8Array): Promise<void> {
  say({ event: 'site', release: id, text: 'site' });
  say({ event: 'site', release: id, text: `site     ${await publishSite(id, archive)}` });
}

const follow = ({ fleets, config, say, lookMs }: Task, id: string, services: readonly string[]) =>
  watch({ fleets, environment: config.name, id, services, say, lookMs });

function tell({ say }: Task, release: string, end: End, back = false): void {
  const text =
    end.outcome === 'released'
      ? `${release} is ${back ? 'live again' : 'released'}`
      : `${release} was rolled back: ${end.service}: ${end.reason}`;
  say({ event: 'end', release, outcome: end.outcome, ...('reason' in end && { reason: end.reason }), text });
}

async function begin(task: Task, services: readonly string[], release: Release, plan: Plan): Promise<End> {
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

async function refuseMigrations({ fleets, services }: Task, states: States, archive: Uint8Array): Promise<void> {
  const state = services.includes('backend') ? states.get('backend') : undefined;
  const live = state && liveOf(state);
  if (!live) return;
  const before = await migrationsIn(await storedArchive(fleets, live));
  const faults = migrationFaults(await migrationsIn(archive), before, historyOf(state));
  if (faults.length > 0)
    throw new ConfigError(
      `migrations: expected the code of ${live.id}, which is live, to run on them:\n  ${faults.join('\n  ')}`,
    );
}

export async function forward(task: Task): Promise<number> {
  const { config, fleets, services, options, say } = task;
  const states = await statesOf(task);
  refuseUnderWay(config.name, services, states);
  const { built, origin } = task.built();
  const { release, archive } = built;
  if (origin.source.dirty)
    say({
      event: 'warning',
      release: release.id,
      text: `warning: files differ from commit ${origin.source.commit ?? '(none)'}; the manifest says so`,
    });
  await refuseMigrations(task, states, archive);
  const isNew = await store(fleets, built, statement(origin));
  say({
    event: 'uploaded',
    release: release.id,
    text: `archive  ${release.id} ${isNew ? 'stored' : 'was stored before'}`,
  });
  const moved = toMove(services, states, release);
  if (moved.length > 0) {
    const end = await begin(task, moved, release, planOf(config, options.strategy));
    if (end.outcome !== 'released') {
      tell(task, release.id, end);
      return 1;
    }
  }
  if (withSite(services)) await publish(task, release.id, archive);
  if (moved.length === 0)
    say({ event: 'end', release: release.id, outcome: 'released', text: `${release.id} was live already` });
  else tell(task, release.id, { outcome: 'released' });
  return 0;
}

async function startAgain({ fleets, say }: Task, id: string, input: RolloutInput): Promise<void> {
  await fleets.start(input, resumeName(id, new Date()));
  say({ event: 'started', release: input.release.id, text: `rollout  ${id} goes on` });
}

/** A rollout under way is asked to go back, by its machine, which is started again where it was stopped. */
async function cancel(task: Task, id: string): Promise<number> {
  const { fleets, say, config } = task;
  const stored = await fleets.states();
  const own = [...stored].filter(([, { state }]) => state.rollout?.id === id);
  for (let [service, { state, etag }] of own) {
    while (state.rollout?.id === id) {
      if (
        await fleets.writeState(service, { state: { ...state, rollout: { ...state.rollout, cancelled: true } }, etag })
      )
        break;
      const again = (await fleets.states()).get(service); // its machine wrote in between
      if (!again) break;
      ({ state, etag } = again);
    }
  }
  say({ event: 'started', text: `rollout  ${id} of ${config.name} is asked to go back` });
  const execution = await fleets.execution(id);
  if (execution && execution.status !== 'RUNNING' && !(await fleets.runs(id)))
    await startAgain(task, id, execution.input);
  const end = await follow(task, id, execution?.input.services ?? own.map(([service]) => service));
  tell(task, id.split('_')[0] ?? id, end);
  return end.outcome === 'rolled back' ? 0 : 1;
}

export async function rollback(task: Task): Promise<number> {
  const { config, fleets, services, options, say } = task;
  const states = await statesOf(task);
  const [running] = unfinished(states);
  if (running && running.phase !== 'clear' && options.to === '') return cancel(task, running.id);
  refuseUnderWay(config.name, services, states);
  const first = states.get(services[0] ?? '');
  const live = first && liveOf(first);
  if (!first || !live) throw new ConfigError(`services/${services[0]}.json: expected a live release, got none`);
  const target = await targetOf(first, states, options.to, (id) => storedSha256(fleets, id));
  const archive = await storedArchive(fleets, target);
  const now = await migrationsIn(await storedArchive(fleets, live));
  const why = tooOld(now, await migrationsIn(archive), historyOf(first), target.id);
  if (why) throw new ConfigError(why);
  const moved = toMove(services, states, target).toReversed();
  if (withSite(services)) await publish(task, target.id, archive);
  if (moved.length === 0) {
    say({ event: 'end', release: target.id, outcome: 'released', text: `${target.id} was live already` });
    return 0;
  }
  const usual = planOf(config).strategy === 'rolling' ? 'rolling' : 'blue-green'; // nobody tries the known one on few visitors
  const end = await begin(task, moved, target, planOf(config, options.strategy ?? usual));
  tell(task, target.id, end, true);
  return end.outcome === 'released' ? 0 : 1;
}

async function lookOn(task: Task, id: string): Promise<number> {
  const { fleets } = task;
  const input = (await fleets.execution(id))?.input;
  if (!input) throw new ConfigError(`${id}: expected to find its execution, got none`);
  const end = await follow(task, id, input.services);
  if (end.outcome === 'released' && withSite(input.services))
    await publish(task, input.release.id, await storedArchive(fleets, input.release));
  tell(task, input.release.id, end);
  return end.outcome === 'released' ? 0 : 1;
}

export async function lookAtLast(task: Task): Promise<number> {
  const id = lastId(await statesOf(task));
  if (id) return lookOn(task, id);
  throw new ConfigError(`--watch: expected a rollout of ${task.config.name}, got none since it was deployed`);
}

export async function resume(task: Task): Promise<number> {
  const { fleets, config } = task;
  const states = await statesOf(task);
  const [rollout] = [...unfinished(states), ...[...states.values()].flatMap(({ rollout: kept }) => kept ?? [])];
  if (!rollout) throw new ConfigError(`--resume: expected a rollout of ${config.name} that hasn't ended, got none`);
  const { id } = rollout;
  if (await fleets.runs(id))
    throw new ConfigError(
      `--resume: expected a rollout that nothing moves, got ${id}, whose machine runs; see it by: npm run release -- --env ${config.name} --watch`,
    );
  const input = (await fleets.execution(id))?.input;
  if (!input) throw new ConfigError(`${id}: expected to find its execution, got none`);
  await startAgain(task, id, input);
  return lookOn(task, id);
}

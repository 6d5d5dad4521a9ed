/** The ways through the command: forward, back, again, and looking on. Each returns an exit code and throws a ConfigError for what the user can mend. */
import { moving } from '../../../lambda/rollout/under-way';
import { ConfigError } from '../../config/config-error';
import { planOf } from '../../config/releases';
import { migrationFaults, tooOld } from './migrations';
import { historyOf, lastId, liveOf, refuseUnderWay, type States, targetOf, toMove, unfinished } from './plan';
import { statement } from './provenance';
import { store, storedArchive, storedSha256 } from './store';
import { begin, follow, migrationsIn, publish, startAgain, statesOf, type Task, tell, withSite } from './task';
import { catchUp, followed, refuseForWaiting } from './waiting';

async function refuseMigrations(task: Task, states: States, archive: Uint8Array): Promise<void> {
  const { fleets, services } = task;
  const state = services.includes('backend') ? states.get('backend') : undefined;
  const live = state && liveOf(state);
  if (!live) return;
  const before = await migrationsIn(await storedArchive(fleets, live));
  const fresh = await migrationsIn(archive);
  const faults = migrationFaults(fresh, before, historyOf(state));
  if (faults.length > 0)
    throw new ConfigError(
      `migrations: expected the code of ${live.id}, which is live, to run on them:\n  ${faults.join('\n  ')}`,
    );
  await refuseForWaiting(task, fresh, before, historyOf(state));
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
  return followed(task, release, archive);
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
    return followed(task, target, archive);
  }
  const usual = planOf(config).strategy === 'rolling' ? 'rolling' : 'blue-green'; // nobody tries the known one on few visitors
  const end = await begin(task, moved, target, planOf(config, options.strategy ?? usual));
  tell(task, target.id, end, true);
  return end.outcome === 'released' ? followed(task, target, archive) : 1;
}

async function lookOn(task: Task, id: string): Promise<number> {
  const { fleets } = task;
  const input = (await fleets.execution(id))?.input;
  if (!input) throw new ConfigError(`${id}: expected to find its execution, got none`);
  const { release, services } = input;
  const end = await follow(task, id, services);
  const archive = end.outcome === 'released' ? await storedArchive(fleets, release) : undefined;
  if (archive && withSite(services)) await publish(task, release.id, archive);
  tell(task, release.id, end);
  return archive ? followed({ ...task, services }, release, archive) : 1;
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
  const runs = rollout !== undefined && (await fleets.runs(rollout.id));
  if (task.waiting && (runs || !rollout) && ![...states.values()].some(moving)) return catchUp(task);
  if (!rollout) throw new ConfigError(`--resume: expected a rollout of ${config.name} that hasn't ended, got none`);
  const { id } = rollout;
  if (runs)
    throw new ConfigError(
      `--resume: expected a rollout that nothing moves, got ${id}, whose machine runs; see it by: npm run release -- --env ${config.name} --watch`,
    );
  const input = (await fleets.execution(id))?.input;
  if (!input) throw new ConfigError(`${id}: expected to find its execution, got none`);
  await startAgain(task, id, input);
  return lookOn(task, id);
}

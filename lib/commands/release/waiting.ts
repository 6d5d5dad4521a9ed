/** What a release means for the region that waits: it follows the one in use, and nothing that is done there waits for it. */
import type { Release, ServiceState } from '../../../lambda/rollout/state';
import { moving } from '../../../lambda/rollout/under-way';
import { ConfigError } from '../../config/config-error';
import { planOf } from '../../config/releases';
import { type Migrations, sinceOf, tooOld } from './migrations';
import { deployed, liveOf, refuseUnderWay, toMove, unfinished } from './plan';
import { copied, storedArchive } from './store';
import { begin, follow, migrationsIn, startAgain, statesOf, type Task } from './task';

/** Exit code: visitors have the release, and the region that waits hasn't. */
const BEHIND = 3;

/** The same in the region that waits, which its lines name. */
function there({ waiting, ...task }: Task): Task {
  if (!waiting || 'silent' in waiting)
    throw new ConfigError(waiting?.silent ?? `${task.config.name}: expected a second region, got none`);
  const { region, fleets } = waiting;
  return { ...task, fleets, say: (event) => task.say({ ...event, region, text: `${region}: ${event.text}` }) };
}

const commandFor = ({ config, waiting }: Task) =>
  `npm run release -- --env ${config.name} --region ${waiting?.region ?? ''}`;

/** What its servers run, or boot with, or may still run. */
const releasesOf = (state: ServiceState): readonly Release[] =>
  [liveOf(state), moving(state)?.from].filter((each) => each !== undefined);

/**
 * No server that waits may be left with a release that the schema has no place for any more: its database follows the one in use.
 * Throws a ConfigError where the new migrations take away what such a one may use, or nobody knows.
 */
export async function refuseForWaiting(
  task: Task,
  fresh: Migrations,
  live: Migrations,
  history: readonly string[],
): Promise<void> {
  const { waiting } = task;
  if (!waiting) return;
  const [taking] = [...fresh].find(([name, sql]) => !live.has(name) && sinceOf(sql) !== undefined) ?? [];
  if (taking === undefined) return;
  if ('silent' in waiting)
    throw new ConfigError(
      `${waiting.region}: expected to see which release its servers have, since ${taking} takes something away, got ${waiting.silent}; release without that file until the region answers`,
    );
  const states = await statesOf(there(task));
  for (const release of new Map([...states.values()].flatMap(releasesOf).map((each) => [each.id, each])).values()) {
    const own = await migrationsIn(await storedArchive(waiting.fleets, release));
    const why = tooOld(fresh, own, history, release.id);
    if (why) throw new ConfigError(`${waiting.region}: ${why}; bring it up first: ${commandFor(task)}`);
  }
}

/** Nobody's requests tell of a release there, so boot alone is watched; what has no servers is only told what they are to have. */
async function moved(task: Task, release: Release, archive: Uint8Array): Promise<string | undefined> {
  const own = there(task);
  const states = await statesOf(own);
  const [stopped] = unfinished(states);
  const input = stopped && (await own.fleets.execution(stopped.id))?.input;
  if (stopped && input) {
    if (!(await own.fleets.runs(stopped.id))) await startAgain(own, stopped.id, input);
    await follow(own, stopped.id, input.services);
  }
  const now = stopped ? await statesOf(own) : states;
  const services = toMove(deployed(task.services, now), now, release);
  refuseUnderWay(task.config.name, services, now);
  await copied(task.fleets, own.fleets, release, archive);
  if (services.length === 0) return undefined;
  const plan = { ...planOf(task.config, 'rolling'), bakeSeconds: 0, keepSeconds: 0 };
  const end = await begin(own, services, release, plan);
  return end.outcome === 'released' ? undefined : `${end.service}: ${end.reason}`;
}

/** Brings the region that waits to what the one in use has just got. @returns the command's exit code; says what failed, and throws nothing */
export async function followed(task: Task, release: Release, archive: Uint8Array): Promise<number> {
  const { waiting, say } = task;
  if (!waiting) return 0;
  const { region } = waiting;
  const why = await moved(task, release, archive).catch(({ message }: Error) => message);
  const text =
    why === undefined
      ? `${region}: has ${release.id} too`
      : `${region}: expected it to follow to ${release.id}, got ${why}; visitors don't notice; bring it up later: ${commandFor(task)}`;
  if (why === undefined) say({ event: 'end', release: release.id, region, outcome: 'released', text });
  else say({ event: 'warning', release: release.id, region, reason: why, text });
  return why === undefined ? 0 : BEHIND;
}

/** The same, later: to what is live in the region in use. */
export async function catchUp(task: Task): Promise<number> {
  const states = await statesOf(task);
  refuseUnderWay(task.config.name, task.services, states);
  const state = states.get(task.services[0] ?? '');
  const live = state && liveOf(state);
  if (!live) throw new ConfigError(`services/${task.services[0]}.json: expected a live release, got none`);
  return followed(task, live, await storedArchive(task.fleets, live));
}

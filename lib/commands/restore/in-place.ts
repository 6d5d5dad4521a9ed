/** A restore under the name of a primary that is gone, like the template, and its replicas made anew. What comes next: gone.ts. */
import { ConfigError } from '../../config/config-error';
import { drive } from '../drive';
import type { Wish } from './decide';
import { chosen, decideGone, isGoing, isGone, RESTORING, type SeenGone } from './gone';
import { instancesOf } from './names';
import { sourceList, sourceName } from './sources';
import { beforeOf, key } from './swap';
import { driven, type Task } from './tasks';

/** Whether there is no primary beside which something could be restored. */
export const primaryIsGone = async ({ database: { primary }, world }: Task): Promise<boolean> =>
  isGone((await world.look([primary])).get(key(primary)));

/** What it is restored from, and what is lost. */
function foretell({ database, world, say }: Task, wish: Wish, seen: SeenGone): void {
  const { primary, replicas } = database;
  if (seen.instances.has(key(primary))) return; // it is being restored, or deleted
  const choice = chosen(wish, database, seen);
  if (typeof choice === 'string') return; // which refuses
  const minutes = Math.ceil((world.now() - choice.time.getTime()) / 60_000);
  const standing = replicas.filter((place) => seen.instances.has(key(place)));
  say(`${primary.id} is gone; there are: ${sourceList(seen.sources)}`);
  say(
    `taken: ${sourceName(choice.source)}, as of ${choice.time.toISOString()}, ${minutes} minutes before now; what was written after that is lost`,
  );
  if (standing.length > 0)
    say(`kept, with what had reached them: ${standing.map((place) => beforeOf(place).id).join(', ')}`);
}

/** Throws a ConfigError where nothing can be restored, or the templates don't know the primary. */
export async function restoredInPlace(task: Task, wish: Wish): Promise<void> {
  const { env, world, say } = task;
  const { primary, stacks } = task.database;
  const likes = await world.settings(stacks);
  if (!likes.has(key(primary)))
    throw new ConfigError(
      `${stacks[0]?.id}: expected a template with the instance ${primary.id}, got ${[...likes.keys()].join(', ') || 'none'}; deploy it`,
    );
  const replicas = task.database.replicas.filter((place) => likes.has(key(place)));
  const database = { ...task.database, replicas };
  const snapshot = wish.kind === 'snapshot' ? await world.snapshot(primary.region, wish.id) : undefined;
  const look = async (): Promise<SeenGone> => {
    const instances = await world.look(instancesOf(database));
    return { instances, likes, snapshot, sources: instances.has(key(primary)) ? [] : await world.sources(primary) };
  };
  const going = async () => isGoing((await world.look([primary])).get(key(primary)));
  if (!task.options.dryRun && (await going())) {
    say(`${primary.id} is being deleted; what is left of it is known then`);
    await drive({
      look: async () => ((await going()) ? { kind: 'wait', what: `${primary.id} deleting` } : { kind: 'done' }),
      act: async () => undefined,
      say,
      words: String,
      lookMs: task.lookMs,
    });
  }
  foretell({ ...task, database }, wish, await look());
  const end = await driven(task, 'Restore the lost database of', async () => decideGone(wish, database, await look()));
  if (!end) return;
  const restored = (await world.look([primary])).get(key(primary));
  if (restored) await world.untag(restored, RESTORING);
  say(`${primary.id} stands again, as the template says, and ${replicas.length} replicas follow it`);
  if (end.left.length > 0)
    say(`left, and billed: ${end.left.map(({ id }) => id).join(', ')}; npm run restore -- --env ${env} --tidy`);
  say(
    `next: npm run diff -- --env ${env} must show nothing; its passwords are those of the restored moment, see docs/upgrades.md`,
  );
}

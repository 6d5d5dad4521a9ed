/** What each way to call `npm run restore` does with the world that it is given. */
import { ConfigError } from '../../config/config-error';
import { drive } from '../drive';
import { tablesOf, tunnel } from './check';
import { decideRestore, type RestoreAction, type Wish } from './decide';
import { type Database, instancesOf } from './names';
import type { RestoreOptions } from './options';
import { sourceName } from './sources';
import { decideSwap, key, type Place } from './swap';
import type { World } from './world';

export interface Task {
  readonly env: string;
  readonly database: Database;
  readonly options: RestoreOptions;
  readonly world: World;
  say(text: string): void;
  /** Asks whoever calls, once, before anything is changed. Throws a ConfigError where they don't agree. */
  agree(what: string): Promise<void>;
  /** Of the restored database. @default its master */
  readonly user?: string;
  readonly password: string | undefined;
  readonly lookMs?: number;
}

const listed = (actions: readonly RestoreAction[]) => actions.map(words).join('; ');

function words(action: RestoreAction): string {
  switch (action.kind) {
    case 'rename':
      return `${action.at.id} is renamed to ${action.to}`;
    case 'change':
      return `${action.at.id} gets ${Object.keys(action.changes).join(', ')}`;
    case 'replicate':
      return `${action.at.id} is made anew in ${action.at.region}, a replica of ${action.input.SourceDBInstanceIdentifier}`;
    case 'to-time': {
      const { TargetDBInstanceIdentifier: id, RestoreTime, SourceDbiResourceId: gone } = action.input;
      const of = action.input.SourceDBInstanceIdentifier ?? sourceName({ kind: 'backups', id: `${gone}` });
      return `${id} is restored from ${of} as of ${RestoreTime?.toISOString() ?? 'the latest time there is'}`;
    }
    case 'from-snapshot':
      return `${action.input.DBInstanceIdentifier} is restored from ${action.input.DBSnapshotIdentifier}`;
  }
}

/** @returns how it ended; nothing with a dry run, which only says what comes first */
export async function driven(
  task: Task,
  asking: string,
  look: Parameters<typeof drive<RestoreAction, Done>>[0]['look'],
) {
  const { database, options, world, say, lookMs } = task;
  const first = await look();
  if (first.kind === 'refused') throw new ConfigError(first.reason);
  if (options.dryRun) {
    say(
      first.kind === 'act'
        ? `would begin: ${listed(first.actions)}`
        : first.kind === 'wait'
          ? first.what
          : 'nothing to do',
    );
    return undefined;
  }
  if (first.kind !== 'done') await task.agree(asking);
  return drive<RestoreAction, Done>({
    look,
    act: (action) => world.act(action, database.primary.region),
    say,
    words,
    lookMs,
  });
}
type Done = { readonly kind: 'done'; readonly left: readonly Place[] };

export async function restored(task: Task, wish: Wish): Promise<void> {
  const { env, database, world, say } = task;
  const { primary, incoming } = database;
  const snapshot = wish.kind === 'snapshot' ? await world.snapshot(primary.region, wish.id) : undefined;
  const end = await driven(task, 'Restore a database beside that of', async () => {
    const instances = await world.look([primary, incoming]);
    return decideRestore(wish, database, { instances, snapshot, now: world.now() });
  });
  if (!end) return;
  say(`${incoming.id} stands, with the settings of ${primary.id}, and is billed like it`);
  await checked(task, task.password === undefined);
  say(`next: npm run restore -- --env ${env} --swap, with the site in maintenance; or --tidy --delete ${incoming.id}`);
}

/** @param onlyHow says how it would be asked */
export async function checked(
  { env, database, options, world, say, user, password }: Task,
  onlyHow: boolean,
): Promise<void> {
  const { incoming } = database;
  const it = (await world.look([incoming])).get(key(incoming));
  if (!it) throw new ConfigError(`${incoming.id}: expected a restored database, got none; npm run restore -- --help`);
  if (onlyHow) {
    say(`look what is in it:\n${tunnel(env, incoming.region, it)}`);
    return;
  }
  if (password === undefined)
    throw new ConfigError(
      `PGPASSWORD: expected the password of ${user ?? it.MasterUsername}, got none; it is in the database's secret, or in the version of the restored moment`,
    );
  try {
    const tables = await tablesOf(it, options.through, { user, password });
    for (const { name, rows } of tables) say(`${name.padEnd(40)} about ${rows} rows`);
    say(`${incoming.id} answers, with ${tables.length} tables`);
  } catch (error) {
    if (!(error instanceof ConfigError) || options.through) throw error;
    throw new ConfigError(`${error.message}; from outside the network:\n${tunnel(env, incoming.region, it)}`);
  }
}

export async function swapped(task: Task): Promise<void> {
  const { database, world, say, env } = task;
  const end = await driven(task, 'Swap the database of', async () =>
    decideSwap(database, await world.look(instancesOf(database))),
  );
  if (!end) return;
  say(
    `${database.primary.id} is the restored one, and ${database.replicas.length} replicas follow it; nothing in the template changes`,
  );
  if (end.left.length > 0)
    say(`left, and billed: ${end.left.map(({ id }) => id).join(', ')}; npm run restore -- --env ${env} --tidy`);
}

const stamp = (now: number) => new Date(now).toISOString().slice(0, 16).replace(/\D/g, '');

/** Lists what stands beside what the configuration names, and deletes the one whose name was typed. */
export async function tidied(task: Task): Promise<void> {
  const { database, options, world, say } = task;
  const regions = [...new Set([database.primary, ...database.replicas].map(({ region }) => region))];
  const meant = [database.primary, ...database.replicas].map(key);
  const found = await Promise.all(regions.map(async (region) => world.list(region, database.prefix)));
  const left = regions.flatMap((region, index) =>
    (found[index] ?? [])
      .map((instance) => ({ instance, place: { region, id: instance.DBInstanceIdentifier ?? '' } }))
      .filter(({ place }) => !meant.includes(key(place))),
  );
  for (const { place, instance } of left)
    say(
      [
        place.id,
        place.region,
        instance.DBInstanceClass,
        `${instance.AllocatedStorage} GiB`,
        instance.DBInstanceStatus,
        instance.ReadReplicaSourceDBInstanceIdentifier ? 'replica' : '',
      ]
        .join('  ')
        .trimEnd(),
    );
  if (left.length === 0) say('nothing is left of restores and swaps');
  const { remove, dryRun } = options;
  if (remove === undefined) return;
  const chosen = left.find(({ place }) => place.id === remove);
  if (!chosen)
    throw new ConfigError(
      `--delete: expected one of ${left.map(({ place }) => place.id).join(', ') || 'none'}, got ${remove}`,
    );
  const { place, instance } = chosen;
  const followers = instance.ReadReplicaDBInstanceIdentifiers ?? [];
  if (followers.length > 0)
    throw new ConfigError(
      `--delete: expected ${place.id} without replicas, got ${followers.join(', ')}; delete them first`,
    );
  const snapshot = instance.ReadReplicaSourceDBInstanceIdentifier
    ? undefined
    : `${place.id}-last-${stamp(world.now())}`;
  const what = `${place.id} ${snapshot ? `with a last snapshot, ${snapshot}` : 'without a snapshot: it is a replica'}`;
  if (dryRun) {
    say(`would delete ${what}`);
    return;
  }
  await task.agree(`Delete ${place.id} of`);
  await world.remove(place, snapshot);
  say(`being deleted: ${what}`);
}

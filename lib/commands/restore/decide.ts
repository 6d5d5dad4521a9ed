/** What a restore beside the primary does next, from what is seen. Asks nobody, does nothing. */
import type {
  DBInstance,
  DBSnapshot,
  RestoreDBInstanceFromDBSnapshotMessage,
  RestoreDBInstanceToPointInTimeMessage,
  Tag,
} from '@aws-sdk/client-rds';
import { changes, madeLike } from '../../../lambda/failover/settings';
import type { Database } from './names';
import { type Action, beforeOf, type Decision, type Instances, key, type Place, unready } from './swap';

export type Wish =
  | { readonly kind: 'latest' }
  | { readonly kind: 'time'; readonly time: Date }
  /** @member region of a recovery point, which tells it */
  | { readonly kind: 'snapshot'; readonly id: string; readonly region?: string };

export type RestoreAction =
  | Action
  | { readonly kind: 'to-time'; readonly input: RestoreDBInstanceToPointInTimeMessage }
  | { readonly kind: 'from-snapshot'; readonly input: RestoreDBInstanceFromDBSnapshotMessage };

export type RestoreDecision = Exclude<Decision, { kind: 'act' }> | { kind: 'act'; actions: readonly RestoreAction[] };

export interface Seen {
  readonly instances: Instances;
  /** The one that is wished for, if it exists. */
  readonly snapshot?: DBSnapshot;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Tag of a restored instance: by it a later call knows that it is the one it was asked for. */
const ORIGIN = 'holdfast:restored-from';
const DAY_MS = 86_400_000;

export const originOf = (wish: Wish) =>
  wish.kind === 'time' ? wish.time.toISOString() : wish.kind === 'latest' ? 'latest' : wish.id;
const refused = (reason: string) => ({ kind: 'refused', reason }) as const;

/** Why that snapshot can't be restored; nothing where it can. */
export function unfit(
  wish: Extract<Wish, { kind: 'snapshot' }>,
  primary: Place,
  snapshot: DBSnapshot | undefined,
): string | undefined {
  if (wish.region && wish.region !== primary.region)
    return `--from-vault: expected a recovery point in ${primary.region}, got one in ${wish.region}; copy it with 'aws backup start-copy-job'`;
  if (snapshot?.Status !== 'available')
    return `${wish.id}: expected a snapshot in ${primary.region} that is available, got ${snapshot?.Status ?? 'none'}; 'aws rds describe-db-snapshots --region ${primary.region}' lists them`;
  const of = snapshot.DBInstanceIdentifier ?? '';
  return [primary, beforeOf(primary)].some(({ id }) => id === of)
    ? undefined
    : `${wish.id}: expected a snapshot of ${primary.id}, got one of ${of}`;
}

/** Why there is nothing to restore from; nothing where there is. */
function missing(wish: Wish, { primary }: Database, like: DBInstance, { snapshot, now }: Seen): string | undefined {
  if (wish.kind === 'snapshot') return unfit(wish, primary, snapshot);
  const { LatestRestorableTime: latest, BackupRetentionPeriod: days = 0, InstanceCreateTime: born } = like;
  if (!latest || days === 0)
    return `${primary.id}: expected backups to restore from, got none; database.backupDays switches them on`;
  if (wish.kind === 'latest') return undefined;
  const earliest = new Date(Math.max(born?.getTime() ?? 0, now - days * DAY_MS));
  return wish.time < earliest || wish.time > latest
    ? `--to: expected a time from ${earliest.toISOString()} to ${latest.toISOString()}, got ${wish.time.toISOString()}`
    : undefined;
}

/** What makes `at`, like `like`, of a snapshot or of backups. @param tag by which a later call knows it */
export function begin(
  at: Place,
  like: DBInstance,
  tag: Tag,
  from:
    | Pick<RestoreDBInstanceFromDBSnapshotMessage, 'DBSnapshotIdentifier'>
    | Partial<RestoreDBInstanceToPointInTimeMessage>,
): RestoreAction {
  const made = madeLike(like);
  const { BackupRetentionPeriod, PreferredBackupWindow, MaxAllocatedStorage } = like;
  const common = { ...made, Tags: [...made.Tags, tag], BackupRetentionPeriod, PreferredBackupWindow };
  return 'DBSnapshotIdentifier' in from
    ? { kind: 'from-snapshot', input: { ...common, ...from, DBInstanceIdentifier: at.id } }
    : { kind: 'to-time', input: { ...common, ...from, MaxAllocatedStorage, TargetDBInstanceIdentifier: at.id } };
}

const fromOf = (wish: Wish, { primary: { id: SourceDBInstanceIdentifier } }: Database) =>
  wish.kind === 'snapshot'
    ? { DBSnapshotIdentifier: wish.id }
    : wish.kind === 'time'
      ? { SourceDBInstanceIdentifier, RestoreTime: wish.time }
      : { SourceDBInstanceIdentifier, UseLatestRestorableTime: true };

export function decideRestore(wish: Wish, database: Database, seen: Seen): RestoreDecision {
  const { primary, incoming } = database;
  const like = seen.instances.get(key(primary));
  if (!like)
    return refused(
      `${primary.id}: expected the database whose settings the restored one takes, got none in ${primary.region}`,
    );
  const it = seen.instances.get(key(incoming));
  if (!it) {
    const why = missing(wish, database, like, seen);
    if (why) return refused(why);
    const tag = { Key: ORIGIN, Value: originOf(wish) };
    return { kind: 'act', actions: [begin(incoming, like, tag, fromOf(wish, database))] };
  }
  const from = it.TagList?.find(({ Key }) => Key === ORIGIN)?.Value;
  if (from !== originOf(wish))
    return refused(
      `${incoming.id}: expected that name to be free, got a database${from ? ` restored from ${from}` : ''}; swap it in with --swap, or see --tidy`,
    );
  const waiting = unready([incoming], seen.instances);
  if (waiting) return waiting;
  const wanted = changes(like, it); // its logs wait for its lasting name
  return wanted
    ? { kind: 'act', actions: [{ kind: 'change', at: incoming, changes: wanted }] }
    : { kind: 'done', left: [] };
}

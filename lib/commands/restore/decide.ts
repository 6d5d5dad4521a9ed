/** What a restore beside the primary does next, from what is seen. Asks nobody, does nothing. */
import type {
  DBInstance,
  DBSnapshot,
  RestoreDBInstanceFromDBSnapshotMessage,
  RestoreDBInstanceToPointInTimeMessage,
} from '@aws-sdk/client-rds';
import { changes, madeLike } from '../../../lambda/failover/settings';
import type { Database } from './names';
import { type Action, beforeOf, type Decision, type Instances, key, unready } from './swap';

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

const originOf = (wish: Wish) =>
  wish.kind === 'time' ? wish.time.toISOString() : wish.kind === 'latest' ? 'latest' : wish.id;
const refused = (reason: string) => ({ kind: 'refused', reason }) as const;

/** Why there is nothing to restore from; nothing where there is. */
function missing(wish: Wish, { primary }: Database, like: DBInstance, { snapshot, now }: Seen): string | undefined {
  if (wish.kind === 'snapshot') {
    if (wish.region && wish.region !== primary.region)
      return `--from-vault: expected a recovery point in ${primary.region}, got one in ${wish.region}; copy it with 'aws backup start-copy-job'`;
    if (snapshot?.Status !== 'available')
      return `${wish.id}: expected a snapshot in ${primary.region} that is available, got ${snapshot?.Status ?? 'none'}; 'aws rds describe-db-snapshots --region ${primary.region}' lists them`;
    const of = snapshot.DBInstanceIdentifier ?? '';
    return [primary, beforeOf(primary)].some(({ id }) => id === of)
      ? undefined
      : `${wish.id}: expected a snapshot of ${primary.id}, got one of ${of}`;
  }
  const { LatestRestorableTime: latest, BackupRetentionPeriod: days = 0, InstanceCreateTime: born } = like;
  if (!latest || days === 0)
    return `${primary.id}: expected backups to restore from, got none; database.backupDays switches them on`;
  if (wish.kind === 'latest') return undefined;
  const earliest = new Date(Math.max(born?.getTime() ?? 0, now - days * DAY_MS));
  return wish.time < earliest || wish.time > latest
    ? `--to: expected a time from ${earliest.toISOString()} to ${latest.toISOString()}, got ${wish.time.toISOString()}`
    : undefined;
}

function begin(wish: Wish, { primary, incoming }: Database, like: DBInstance): RestoreAction {
  const made = madeLike(like);
  const { BackupRetentionPeriod, PreferredBackupWindow, MaxAllocatedStorage } = like;
  const Tags = [...made.Tags, { Key: ORIGIN, Value: originOf(wish) }];
  const common = { ...made, Tags, BackupRetentionPeriod, PreferredBackupWindow };
  if (wish.kind === 'snapshot')
    return {
      kind: 'from-snapshot',
      input: { ...common, DBInstanceIdentifier: incoming.id, DBSnapshotIdentifier: wish.id },
    };
  return {
    kind: 'to-time',
    input: {
      ...common,
      MaxAllocatedStorage,
      SourceDBInstanceIdentifier: primary.id,
      TargetDBInstanceIdentifier: incoming.id,
      ...(wish.kind === 'time' ? { RestoreTime: wish.time } : { UseLatestRestorableTime: true }),
    },
  };
}

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
    return why ? refused(why) : { kind: 'act', actions: [begin(wish, database, like)] };
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

/** RDS as restores and swaps of names see it, in each region. Decides nothing; what is done may be done twice. */
import {
  CreateDBInstanceReadReplicaCommand,
  type DBInstance,
  type DBInstanceAutomatedBackup,
  type DBSnapshot,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ModifyDBInstanceCommand,
  paginateDescribeDBInstanceAutomatedBackups,
  paginateDescribeDBInstances,
  paginateDescribeDBSnapshots,
  RDSClient,
  RemoveTagsFromResourceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { PATIENCE } from '../outputs';
import type { RestoreAction } from './decide';
import { type Source, sourcesOf } from './sources';
import { type Instances, key, type Place } from './swap';
import { settingsOf } from './template';

export interface World {
  /** Milliseconds since 1970. */
  now(): number;
  look(places: readonly Place[]): Promise<Instances>;
  /** All whose names begin so. */
  list(region: string, prefix: string): Promise<readonly DBInstance[]>;
  snapshot(region: string, id: string): Promise<DBSnapshot | undefined>;
  /** What one that isn't there any more can be restored from. */
  sources(gone: Place): Promise<readonly Source[]>;
  /** What the templates of these stacks say their instances are like. */
  settings(stacks: readonly Place[]): Promise<Instances>;
  untag(instance: DBInstance, key: string): Promise<void>;
  /** @param region of what has no place of its own */
  act(action: RestoreAction, region: string): Promise<void>;
  /** With a last snapshot of that name, or none. */
  remove(place: Place, snapshot: string | undefined): Promise<void>;
}

/** Somebody, or an earlier look whose end was not seen, has done it, or RDS is still at it: the next look tells. */
const COME_AGAIN = [
  'DBInstanceAlreadyExists',
  'DBInstanceAlreadyExistsFault',
  'DBInstanceNotFound',
  'DBInstanceNotFoundFault',
  'InvalidDBInstanceState',
  'InvalidDBInstanceStateFault',
];
const named = (error: unknown, names: readonly string[]) => names.includes((error as { name?: string }).name ?? '');

/** All that may lie there of one's own; AWS Backup's are listed only when asked for. */
const SNAPSHOT_TYPES = ['manual', 'awsbackup'] as const;

/** By the prefix of its name: RDS finds one that isn't a person's only by its kind. */
const snapshotType = (id: string) =>
  id.startsWith('awsbackup:') ? 'awsbackup' : id.startsWith('rds:') ? 'automated' : undefined;

export function rdsWorld(): World {
  const clients = new Map<string, RDSClient>();
  const rds = (region: string) => {
    const client = clients.get(region) ?? new RDSClient({ region, ...PATIENCE });
    clients.set(region, client);
    return client;
  };
  const instance = async ({ region, id }: Place): Promise<DBInstance | undefined> => {
    try {
      const { DBInstances = [] } = await rds(region).send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
      return DBInstances[0];
    } catch (error) {
      if (named(error, ['DBInstanceNotFound', 'DBInstanceNotFoundFault'])) return undefined;
      throw error;
    }
  };
  const sent = (action: RestoreAction, region: string) => {
    switch (action.kind) {
      case 'rename': {
        const { at, to } = action;
        const input = { DBInstanceIdentifier: at.id, NewDBInstanceIdentifier: to, ApplyImmediately: true };
        return rds(at.region).send(new ModifyDBInstanceCommand(input));
      }
      case 'change': {
        const input = { DBInstanceIdentifier: action.at.id, ApplyImmediately: true, ...action.changes };
        return rds(action.at.region).send(new ModifyDBInstanceCommand(input));
      }
      case 'replicate':
        return rds(action.at.region).send(new CreateDBInstanceReadReplicaCommand(action.input));
      case 'to-time':
        return rds(region).send(new RestoreDBInstanceToPointInTimeCommand(action.input));
      case 'from-snapshot':
        return rds(region).send(new RestoreDBInstanceFromDBSnapshotCommand(action.input));
    }
  };
  return {
    now: Date.now,
    async look(places) {
      const found = await Promise.all(places.map(async (place) => [key(place), await instance(place)] as const));
      return new Map(found.filter((pair): pair is readonly [string, DBInstance] => pair[1] !== undefined));
    },
    async list(region, prefix) {
      const found: DBInstance[] = [];
      for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client: rds(region) }, {}))
        found.push(...DBInstances.filter(({ DBInstanceIdentifier }) => DBInstanceIdentifier?.startsWith(prefix)));
      return found;
    },
    async snapshot(region, DBSnapshotIdentifier) {
      try {
        const asked = { DBSnapshotIdentifier, SnapshotType: snapshotType(DBSnapshotIdentifier) };
        return (await rds(region).send(new DescribeDBSnapshotsCommand(asked))).DBSnapshots?.[0];
      } catch (error) {
        if (named(error, ['DBSnapshotNotFound', 'DBSnapshotNotFoundFault'])) return undefined;
        throw error;
      }
    },
    async sources({ region, id: DBInstanceIdentifier }) {
      const client = rds(region);
      const backups: DBInstanceAutomatedBackup[] = []; // RDS finds those of one that is gone only among all
      for await (const { DBInstanceAutomatedBackups = [] } of paginateDescribeDBInstanceAutomatedBackups(
        { client },
        {},
      ))
        backups.push(...DBInstanceAutomatedBackups);
      const snapshots: DBSnapshot[] = [];
      for (const SnapshotType of SNAPSHOT_TYPES)
        for await (const { DBSnapshots = [] } of paginateDescribeDBSnapshots(
          { client },
          { DBInstanceIdentifier, SnapshotType },
        ))
          snapshots.push(...DBSnapshots);
      return sourcesOf(DBInstanceIdentifier, backups, snapshots);
    },
    settings: settingsOf,
    async untag({ DBInstanceArn }, name) {
      const region = DBInstanceArn?.split(':')[3] ?? '';
      await rds(region).send(new RemoveTagsFromResourceCommand({ ResourceName: DBInstanceArn, TagKeys: [name] }));
    },
    async act(action, region) {
      try {
        await sent(action, region);
      } catch (error) {
        if (!named(error, COME_AGAIN)) throw error;
      }
    },
    async remove({ region, id: DBInstanceIdentifier }, snapshot) {
      const open = { DBInstanceIdentifier, DeletionProtection: false, ApplyImmediately: true };
      await rds(region).send(new ModifyDBInstanceCommand(open));
      await rds(region).send(
        new DeleteDBInstanceCommand({
          DBInstanceIdentifier,
          SkipFinalSnapshot: snapshot === undefined,
          FinalDBSnapshotIdentifier: snapshot,
        }),
      );
    },
  };
}

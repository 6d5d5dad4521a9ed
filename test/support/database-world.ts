/** RDS in two regions as a test plays it: instances that are made, renamed and followed, each change seen a look later. No PostgreSQL. */
import type { DBInstance, DBSnapshot, RestoreDBInstanceToPointInTimeMessage } from '@aws-sdk/client-rds';
import { databaseOf, instancesOf } from '../../lib/commands/restore/names';
import type { RestoreOptions } from '../../lib/commands/restore/options';
import type { Source } from '../../lib/commands/restore/sources';
import { key, type Place } from '../../lib/commands/restore/swap';
import type { Task } from '../../lib/commands/restore/tasks';
import type { World } from '../../lib/commands/restore/world';
import { environment } from '../../lib/config';
import { BARE, FAR, NOW, plain, SETTINGS } from './database-settings';

const TWO_REGIONS = {
  ...environment('prod'),
  preset: 'multi-region',
  recovery: {
    region: 'eu-central-1',
    mode: 'warm-standby',
    standby: {
      zones: ['eu-central-1a', 'eu-central-1b'],
      cidr: '10.8.0.0/16',
      natGateways: 1,
      servers: 1,
      sessionReplicas: 1,
    },
  },
} as const;

export const DATABASE = databaseOf(TWO_REGIONS);
export const { primary, incoming, replicas, standby } = DATABASE;

export class Died extends Error {}

export class DatabaseWorld implements World {
  readonly instances = new Map<string, DBInstance>();
  readonly snapshots = new Map<string, DBSnapshot>();
  /** Of a primary that is gone. */
  left: readonly Source[] = [];
  /** What the templates say: what stood at first. */
  readonly likes = new Map<string, DBInstance>();
  /** What was done, in order. */
  readonly log: string[] = [];
  /** Checked after each thing that is done. */
  watch: () => void = () => {};
  /** Counts down: at 0 it dies, before or after what is done. */
  dies: { at: number; when: 'before' | 'after' } | undefined;
  /** Data of each instance: where it comes from. */
  readonly data = new Map<string, string>();

  constructor() {
    this.#put(primary, SETTINGS, 'old');
    for (const place of replicas)
      this.#put(
        place,
        { ...SETTINGS, ...BARE0(place), BackupRetentionPeriod: 0, DeletionProtection: false },
        'old',
        primary,
      );
    for (const [name, it] of this.instances) this.likes.set(name, structuredClone(it));
  }

  /** The primary is deleted: its replicas follow nobody then. */
  loses() {
    this.instances.delete(key(primary));
    for (const place of replicas)
      Object.assign(this.at(place) ?? {}, { ReadReplicaSourceDBInstanceIdentifier: undefined });
  }

  sources = async () => this.left;
  settings = async () => this.likes;
  untag = async (instance: DBInstance, name: string) => {
    this.#mayDie('before');
    const it = this.instances.get(key({ ...primary, id: instance.DBInstanceIdentifier ?? '' }));
    if (it) it.TagList = it.TagList?.filter(({ Key }) => Key !== name);
    this.log.push(`untag ${instance.DBInstanceIdentifier}`);
    this.#mayDie('after');
  };
  now = () => NOW;
  lineage = (place: Place) => this.data.get(this.instances.get(key(place))?.DbiResourceId ?? '');
  at = (place: Place) => this.instances.get(key(place));

  #put({ region, id }: Place, settings: DBInstance, data: string, source?: Place): DBInstance {
    const DbiResourceId = `db-${this.data.size}`;
    const instance: DBInstance = {
      ...settings,
      DBInstanceIdentifier: id,
      DbiResourceId,
      DBInstanceStatus: 'available',
      DBInstanceArn: `arn:aws:rds:${region}:123456789012:db:${id}`,
      Endpoint: { Address: `${id}.abc.${region}.rds.amazonaws.com`, Port: 15432 },
      ReadReplicaSourceDBInstanceIdentifier: source?.id,
      ReadReplicaDBInstanceIdentifiers: [],
    };
    this.instances.set(key({ region, id }), instance);
    this.data.set(DbiResourceId, data);
    this.at(source ?? { region: '', id: '' })?.ReadReplicaDBInstanceIdentifiers?.push(
      source?.region === region ? id : (instance.DBInstanceArn ?? ''),
    );
    return instance;
  }

  async look(places: readonly Place[]) {
    const found = new Map(
      places.flatMap((place) => {
        const it = this.at(place);
        return it ? [[key(place), structuredClone(it)] as const] : [];
      }),
    );
    for (const it of this.instances.values()) it.DBInstanceStatus = 'available'; // by the next look
    return found;
  }

  list = async (region: string, prefix: string) =>
    [...this.instances].filter(([name]) => name.startsWith(`${region}/${prefix}`)).map(([, it]) => it);

  snapshot = async (_: string, id: string) => this.snapshots.get(id);

  act: World['act'] = async (action, region) => {
    this.#mayDie('before');
    switch (action.kind) {
      case 'rename':
        this.#rename(action.at, action.to);
        break;
      case 'change': {
        const it = this.at(action.at);
        if (!it) break;
        const { CloudwatchLogsExportConfiguration: logs, EnablePerformanceInsights, ...rest } = action.changes;
        const {
          EnableIAMDatabaseAuthentication: _,
          VpcSecurityGroupIds: __,
          DBParameterGroupName: ___,
          ...plain
        } = rest;
        Object.assign(it, plain, { DBInstanceStatus: 'modifying' });
        if (EnablePerformanceInsights !== undefined) it.PerformanceInsightsEnabled = EnablePerformanceInsights;
        if (logs) it.EnabledCloudwatchLogsExports = [...(logs.EnableLogTypes ?? [])].sort();
        break;
      }
      case 'replicate': {
        const { DBInstanceIdentifier: id = '', SourceDBInstanceIdentifier: of = '' } = action.input;
        const source = { region: of.split(':')[3] ?? action.at.region, id: of.split(':').at(-1) ?? '' };
        if (this.at(action.at) || !this.at(source)) break;
        const far = action.at.region === source.region ? {} : FAR;
        this.#put(
          { ...action.at, id },
          { ...SETTINGS, ...BARE, ...far, ...plain(action.input) },
          this.lineage(source) ?? '',
          source,
        );
        this.#set(action.at, 'creating');
        break;
      }
      case 'to-time':
      case 'from-snapshot': {
        const { input } = action;
        const at = {
          region,
          id: ('DBInstanceIdentifier' in input ? input.DBInstanceIdentifier : targetOf(input)) ?? '',
        };
        if (this.at(at)) break;
        const origin = 'RestoreTime' in input ? `as of ${input.RestoreTime?.toISOString()}` : 'restored';
        this.#put(at, { ...SETTINGS, ...BARE, ...plain(input), TagList: input.Tags }, origin);
        this.#set(at, 'creating');
        break;
      }
    }
    this.log.push(
      action.kind === 'rename'
        ? `rename ${action.at.id} ${action.to}`
        : `${action.kind} ${'at' in action ? action.at.id : ''}`,
    );
    this.watch();
    this.#mayDie('after');
  };

  async remove(place: Place, snapshot: string | undefined) {
    this.instances.delete(key(place));
    this.log.push(`delete ${place.id} ${snapshot ?? 'without a snapshot'}`);
  }

  #set(place: Place, DBInstanceStatus: string) {
    Object.assign(this.at(place) ?? {}, { DBInstanceStatus });
  }

  #rename(at: Place, to: string) {
    const it = this.at(at);
    const target = { region: at.region, id: to };
    if (!it || this.at(target)) throw new Error(`rename ${at.id} to ${to}: a name that is taken, or none`);
    this.instances.delete(key(at));
    this.instances.set(key(target), it);
    for (const other of this.instances.values()) {
      if (other.ReadReplicaSourceDBInstanceIdentifier === at.id) other.ReadReplicaSourceDBInstanceIdentifier = to;
      other.ReadReplicaDBInstanceIdentifiers = other.ReadReplicaDBInstanceIdentifiers?.map((name) =>
        name.split(':').at(-1) === at.id ? name.replace(at.id, to) : name,
      );
    }
    Object.assign(it, {
      DBInstanceIdentifier: to,
      DBInstanceStatus: 'renaming',
      DBInstanceArn: it.DBInstanceArn?.replace(at.id, to),
    });
  }

  #mayDie(when: 'before' | 'after') {
    if (this.dies?.when !== when) return;
    if (this.dies.at-- === 0) {
      this.dies = undefined;
      throw new Died();
    }
  }
}

const targetOf = (input: object) => (input as RestoreDBInstanceToPointInTimeMessage).TargetDBInstanceIdentifier;

const BARE0 = ({ region }: Place): DBInstance => (region === primary.region ? {} : FAR);

export const ALL = instancesOf(DATABASE);

/** A call of the command with that world. */
export function taskOf(world: World, options: Partial<RestoreOptions>, more: Partial<Task> = {}) {
  const said: string[] = [];
  const asked: string[] = [];
  const task: Task = {
    env: 'prod',
    database: DATABASE,
    options: { env: 'prod', action: 'restore', dryRun: false, json: false, ...options },
    world,
    say: (text) => said.push(text),
    agree: async (what) => {
      asked.push(what);
    },
    password: undefined,
    lookMs: 0,
    ...more,
  };
  return { task, said, asked };
}

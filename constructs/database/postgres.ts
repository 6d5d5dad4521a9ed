/** A PostgreSQL primary and its read replicas on RDS: private, encrypted, TLS only. Not the schema or the pool: the application's. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Connections } from 'aws-cdk-lib/aws-ec2';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Credentials, DatabaseInstance, DatabaseInstanceReadReplica } from 'aws-cdk-lib/aws-rds';
import type { ISecret, ReplicaRegion } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { signal } from '../alerting/signal';
import { exempt } from '../exemptions';
import { type Database, ENGINE, type InstanceProps, identifier, instances, keepLogs, settleReplica } from './instances';

/** UTC. Apart from maintenance and AWS Backup's 03:00–04:00, which RDS refuses during both and in the hour before maintenance. */
const BACKUP_WINDOW = '01:00-02:00';

export interface PostgresProps extends InstanceProps {
  /** Read replicas, each billed as a full instance. @default 1 */
  readonly replicas?: number;
  /** A standby in another zone, failover in 60–120 s, at twice the price. @default true */
  readonly multiAz?: boolean;
  /** Point-in-time recovery reaches back this far. @default Duration.days(14) */
  readonly backupRetention?: Duration;
  /** Where the secret is copied to, for who connects from there; 0.40 USD a month each. @default nowhere */
  readonly secretCopies?: readonly ReplicaRegion[];
}

export class Postgres extends Construct implements Database {
  readonly primary: DatabaseInstance;
  /** The primary's name, by which it is known in other regions too. */
  readonly identifier: string;
  readonly replicas: readonly DatabaseInstanceReadReplica[];
  /** `{username, password, host, port, dbname}` of the primary. */
  readonly secret: ISecret;
  readonly connections: Connections;
  /** Its `postgresql` logs, the primary's first. */
  readonly logGroups: readonly ILogGroup[];

  constructor(scope: Construct, id: string, props: PostgresProps) {
    super(scope, id);
    const { encryptionKey, replicas = 1, multiAz = true, retain = true, secretCopies } = props;
    const { connections, common } = instances(this, props);
    this.connections = connections;
    this.identifier = identifier(this, 'primary');
    this.primary = new DatabaseInstance(this, 'Primary', {
      ...common,
      engine: ENGINE,
      instanceIdentifier: this.identifier,
      databaseName: 'app',
      // letters and digits only: the password stands in a URL
      credentials: Credentials.fromGeneratedSecret('holdfast', {
        encryptionKey,
        excludeCharacters: ' %+~`#$&*()|[]{}:;<>?!\'/@"\\^_-=.,',
        replicaRegions: secretCopies && [...secretCopies],
      }),
      multiAz,
      allocatedStorage: props.storageGib,
      storageEncryptionKey: encryptionKey,
      backupRetention: props.backupRetention ?? Duration.days(14),
      preferredBackupWindow: BACKUP_WINDOW,
      deleteAutomatedBackups: !retain, // else only the last snapshot is left of one that a deployment deletes
      removalPolicy: retain ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY,
    });
    this.replicas = Array.from(
      { length: replicas },
      (_, index) =>
        new DatabaseInstanceReadReplica(this, `Replica${index + 1}`, {
          ...common,
          instanceIdentifier: identifier(this, `replica${index + 1}`),
          sourceDatabaseInstance: this.primary,
          deletionProtection: false,
          removalPolicy: RemovalPolicy.DESTROY, // the primary holds the data
        }),
    );
    if (!this.primary.secret) throw new Error('RDS made no secret for the primary');
    this.secret = this.primary.secret;
    exempt(this.primary, 'rotation');
    if (!multiAz) exempt(this.primary, 'standby');
    if (!retain) exempt(this.primary, 'deletable');
    this.logGroups = [this.primary, ...this.replicas].map((instance, index) =>
      keepLogs(this, instance, index === 0 ? 'primary' : `replica${index}`, props),
    );
    for (const replica of this.replicas) {
      settleReplica(replica);
      exempt(replica, 'deletable');
    }
  }

  get signals() {
    const period = Duration.minutes(1);
    const { primary, replicas } = this;
    const all = [primary, ...replicas];
    return {
      databaseCpu: signal('percent', primary.metricCPUUtilization({ period })),
      databaseConnections: signal('count', primary.metricDatabaseConnections({ period })),
      databaseFreeStorage: signal('bytes', ...all.map((one) => one.metricFreeStorageSpace({ period }))),
      databaseFreeMemory: signal('bytes', ...all.map((one) => one.metricFreeableMemory({ period }))),
      replicaLag: signal('seconds', ...replicas.map((replica) => replica.metric('ReplicaLag', { period }))),
    };
  }
}

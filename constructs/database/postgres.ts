/** A PostgreSQL primary and its read replicas on RDS: private, encrypted, TLS only. Not the schema or the pool: the application's. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  Connections,
  type IConnectable,
  type InstanceType,
  type IVpc,
  Port,
  SecurityGroup,
  SubnetType,
} from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  CaCertificate,
  type CfnDBInstance,
  Credentials,
  DatabaseInstance,
  DatabaseInstanceEngine,
  DatabaseInstanceReadReplica,
  ParameterGroup,
  PostgresEngineVersion,
  StorageType,
  SubnetGroup,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { signal } from '../alerting/signal';
import { awsPolicy, exempt } from '../exemptions';
import { Logs } from '../storage/logs';
import { personalData } from '../storage/personal-data';

/** The major version: RDS takes its default minor one, and raises it in the maintenance window. A named one can't be created any more some day. */
const VERSION = PostgresEngineVersion.VER_18;
const ENGINE = DatabaseInstanceEngine.postgres({ version: VERSION });
/** What programs that speak to it are of, such as pg_dump. */
export const MAJOR_VERSION = VERSION.postgresMajorVersion;
const PORT = 15432; // Control Tower and cdk-nag ask for another than the usual one
const LOGS = ['postgresql', 'upgrade'] as const;

/** Given to the primary and to each replica: RDS doesn't hand it on. */
const PARAMETERS = {
  'rds.force_ssl': '1',
  log_min_duration_statement: '1000', // ms: the slow query log
  log_parameter_max_length: '0', // the statement, not whose address it asks for
  log_error_verbosity: 'terse', // nor, with an error, the row that it is about
  shared_preload_libraries: 'pg_stat_statements',
};

/** UTC. Apart from each other and from AWS Backup's 03:00–04:00, which RDS refuses during both and in the hour before maintenance. */
const BACKUP_WINDOW = '01:00-02:00';
const MAINTENANCE_WINDOW = 'sun:06:00-sun:07:00';

export interface PostgresProps {
  /** Network with isolated subnets in at least two zones. */
  readonly vpc: IVpc;
  /** Key of the data and the logs at rest; its policy must outlive the database. Create-only. */
  readonly encryptionKey: IKey;
  /** Of the primary and each replica. Changing it restarts them. */
  readonly instanceType: InstanceType;
  /** Gibibytes to begin with; primary and replicas grow by themselves up to three times that. */
  readonly storageGib: number;
  /** How long the exported logs are kept. */
  readonly logRetention: RetentionDays;
  /** Read replicas, each billed as a full instance. @default 1 */
  readonly replicas?: number;
  /** A standby in another zone, failover in 60–120 s, at twice the price. @default true */
  readonly multiAz?: boolean;
  /** Point-in-time recovery reaches back this far. @default Duration.days(14) */
  readonly backupRetention?: Duration;
  /** Keep the data when the stack goes, and refuse deletion. @default true */
  readonly retain?: boolean;
}

export class Postgres extends Construct implements IConnectable {
  readonly primary: DatabaseInstance;
  readonly replicas: readonly DatabaseInstanceReadReplica[];
  /** `{username, password, host, port, dbname}` of the primary. */
  readonly secret: ISecret;
  readonly connections: Connections;
  /** Its `postgresql` logs, the primary's first. */
  readonly logGroups: readonly ILogGroup[];

  constructor(scope: Construct, id: string, props: PostgresProps) {
    super(scope, id);
    const { vpc, instanceType, encryptionKey, replicas = 1, multiAz = true, retain = true } = props;
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'PostgreSQL',
      allowAllOutbound: false,
    });
    this.connections = new Connections({ securityGroups: [securityGroup], defaultPort: Port.tcp(PORT) });
    const vpcSubnets = { subnetType: SubnetType.PRIVATE_ISOLATED };
    const common = {
      vpc,
      instanceType,
      subnetGroup: new SubnetGroup(this, 'Subnets', { vpc, vpcSubnets, description: 'PostgreSQL' }),
      securityGroups: [securityGroup],
      parameterGroup: new ParameterGroup(this, 'Parameters', { engine: ENGINE, parameters: PARAMETERS }),
      cloudwatchLogsExports: [...LOGS],
      publiclyAccessible: false,
      port: PORT,
      caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
      storageType: StorageType.GP3,
      maxAllocatedStorage: props.storageGib * 3, // a full replica stops following
      preferredMaintenanceWindow: MAINTENANCE_WINDOW,
      autoMinorVersionUpgrade: true,
      deletionProtection: retain,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: encryptionKey,
      monitoringInterval: Duration.minutes(1),
      copyTagsToSnapshot: true,
    };
    this.primary = new DatabaseInstance(this, 'Primary', {
      ...common,
      engine: ENGINE,
      instanceIdentifier: this.#identifier('primary'),
      databaseName: 'app',
      // letters and digits only: the password stands in a URL
      credentials: Credentials.fromGeneratedSecret('holdfast', {
        encryptionKey,
        excludeCharacters: ' %+~`#$&*()|[]{}:;<>?!\'/@"\\^_-=.,',
      }),
      multiAz,
      allocatedStorage: props.storageGib,
      storageEncryptionKey: encryptionKey,
      iamAuthentication: true,
      backupRetention: props.backupRetention ?? Duration.days(14),
      preferredBackupWindow: BACKUP_WINDOW,
      removalPolicy: retain ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY,
    });
    this.replicas = Array.from(
      { length: replicas },
      (_, index) =>
        new DatabaseInstanceReadReplica(this, `Replica${index + 1}`, {
          ...common,
          instanceIdentifier: this.#identifier(`replica${index + 1}`),
          sourceDatabaseInstance: this.primary,
          iamAuthentication: true,
          deletionProtection: false,
          removalPolicy: RemovalPolicy.DESTROY, // the primary holds the data
        }),
    );
    if (!this.primary.secret) throw new Error('RDS made no secret for the primary');
    this.secret = this.primary.secret;
    exempt(this.primary, 'rotation');
    if (!multiAz) exempt(this.primary, 'standby');
    if (!retain) exempt(this.primary, 'deletable');
    this.logGroups = [this.primary, ...this.replicas].map((instance, index) => {
      exempt(instance, 'awsPolicy', awsPolicy('service-role/AmazonRDSEnhancedMonitoringRole'));
      return this.#keepLogs(instance, index === 0 ? 'primary' : `replica${index}`, props);
    });
    for (const replica of this.replicas) {
      // for cdk-nag, which reads the construct and asks for the usual port of the engine; the template has none: RDS takes the primary's
      const instance = replica.node.defaultChild as CfnDBInstance;
      instance.engine = ENGINE.engineType;
      instance.addPropertyDeletionOverride('Engine');
      exempt(replica, 'replica');
      exempt(replica, 'standby');
      exempt(replica, 'deletable');
    }
  }

  /** Fixed, since the names of an instance's log groups hold it. */
  #identifier(name: string): string {
    return `${Stack.of(this).stackName}-${name}`.toLowerCase();
  }

  /** Made here, and first: RDS would make them without our key and keep them for ever. */
  #keepLogs(instance: Construct, name: string, { encryptionKey: logKey, logRetention }: PostgresProps): ILogGroup {
    const dataProtectionPolicy = personalData({ addresses: false }); // every line has a server's
    const [statements, upgrades] = LOGS.map((log) => {
      const logGroupName = `/aws/rds/instance/${this.#identifier(name)}/${log}`;
      return new Logs(
        this,
        `${instance.node.id}Logs${log}`,
        { logRetention, logKey, dataProtectionPolicy },
        logGroupName,
      );
    }) as [Logs, Logs];
    instance.node.addDependency(statements, upgrades);
    return statements;
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

/** What every PostgreSQL instance of an environment is like, in whichever region: engine, network, parameters, logs. Neither which of them writes, nor the secret. */
import { Duration, Stack } from 'aws-cdk-lib';
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
  DatabaseInstanceEngine,
  type DatabaseInstanceReadReplica,
  ParameterGroup,
  PostgresEngineVersion,
  StorageType,
  SubnetGroup,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { awsPolicy, exempt } from '../exemptions';
import { Logs } from '../storage/logs';
import { personalData } from '../storage/personal-data';

/** The major version: RDS takes its default minor one, and raises it in the maintenance window. A named one can't be created any more some day. */
const VERSION = PostgresEngineVersion.VER_18;
export const ENGINE = DatabaseInstanceEngine.postgres({ version: VERSION });
/** Of programs that speak to it, such as pg_dump. */
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

/** UTC. Apart from the backups' windows: RDS refuses them in the hour before maintenance. */
const MAINTENANCE_WINDOW = 'sun:06:00-sun:07:00';

export interface InstanceProps {
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
  /** Keep the data when the stack goes, and refuse deletion. @default true */
  readonly retain?: boolean;
}

/** A database as its clients know it, in whichever region. */
export interface Database extends IConnectable {
  /** `{username, password, host, port, dbname}`. */
  readonly secret: ISecret;
  /** Where it is. @default the secret says it */
  readonly address?: { readonly host: string; readonly port: string };
  /** May answer what only reads. */
  readonly replicas: readonly Pick<DatabaseInstanceReadReplica, 'dbInstanceEndpointAddress'>[];
}

/** @returns what lets clients in, and the properties that all instances share */
export function instances(scope: Construct, props: InstanceProps) {
  const { vpc, encryptionKey, retain = true } = props;
  const securityGroup = new SecurityGroup(scope, 'SecurityGroup', {
    vpc,
    description: 'PostgreSQL',
    allowAllOutbound: false,
  });
  const vpcSubnets = { subnetType: SubnetType.PRIVATE_ISOLATED };
  return {
    connections: new Connections({ securityGroups: [securityGroup], defaultPort: Port.tcp(PORT) }),
    common: {
      vpc,
      instanceType: props.instanceType,
      subnetGroup: new SubnetGroup(scope, 'Subnets', { vpc, vpcSubnets, description: 'PostgreSQL' }),
      securityGroups: [securityGroup],
      parameterGroup: new ParameterGroup(scope, 'Parameters', { engine: ENGINE, parameters: PARAMETERS }),
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
      iamAuthentication: true,
    },
  };
}

/** Fixed, since the names of an instance's log groups hold it. */
export const identifier = (scope: Construct, name: string) => `${Stack.of(scope).stackName}-${name}`.toLowerCase();

/** Made here, and first: RDS would make them without our key and keep them for ever. @returns that of the statements */
export function keepLogs(
  scope: Construct,
  instance: Construct,
  name: string,
  { encryptionKey: logKey, logRetention }: InstanceProps,
): ILogGroup {
  exempt(instance, 'awsPolicy', awsPolicy('service-role/AmazonRDSEnhancedMonitoringRole'));
  const dataProtectionPolicy = personalData({ addresses: false }); // every line has a server's
  const [statements, upgrades] = LOGS.map((log) => {
    const logGroupName = `/aws/rds/instance/${identifier(scope, name)}/${log}`;
    const kept = { logRetention, logKey, dataProtectionPolicy };
    return new Logs(scope, `${instance.node.id}Logs${log}`, kept, logGroupName);
  }) as [Logs, Logs];
  instance.node.addDependency(statements, upgrades);
  return statements;
}

/** What the rules of cdk-nag don't know of a replica. */
export function settleReplica(replica: DatabaseInstanceReadReplica): CfnDBInstance {
  // for cdk-nag, which reads the construct and asks for the usual port of the engine; the template has none: RDS takes the primary's
  const instance = replica.node.defaultChild as CfnDBInstance;
  instance.engine = ENGINE.engineType;
  instance.addPropertyDeletionOverride('Engine');
  exempt(replica, 'replica');
  exempt(replica, 'standby');
  return instance;
}

/** A replica of a PostgreSQL of another region, which a failover makes a primary: it only reads until then. Neither when that happens nor who does it. */
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Connections } from 'aws-cdk-lib/aws-ec2';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { DatabaseInstance, DatabaseInstanceReadReplica } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { signal } from '../alerting/signal';
import { type Database, ENGINE, type InstanceProps, identifier, instances, keepLogs, settleReplica } from './instances';

export interface PostgresStandbyProps extends InstanceProps {
  /** The primary that it follows, by its name: nothing of the other region is asked for. Create-only. */
  readonly source: { readonly region: string; readonly identifier: string };
  /** Copy of the primary's secret, whose host is the primary's. */
  readonly secret: ISecret;
}

export class PostgresStandby extends Construct implements Database {
  readonly instance: DatabaseInstanceReadReplica;
  /** What it is after a failover too. */
  readonly identifier: string;
  readonly secret: ISecret;
  readonly address: { readonly host: string; readonly port: string };
  /** It answers what only reads itself. */
  readonly replicas = [];
  readonly connections: Connections;
  readonly logGroups: readonly ILogGroup[];

  constructor(scope: Construct, id: string, props: PostgresStandbyProps) {
    super(scope, id);
    const { connections, common } = instances(this, props);
    const { region, identifier: resourceName } = props.source;
    this.connections = connections;
    this.identifier = identifier(this, 'primary');
    this.secret = props.secret;
    this.instance = new DatabaseInstanceReadReplica(this, 'Primary', {
      ...common,
      instanceIdentifier: this.identifier,
      sourceDatabaseInstance: DatabaseInstance.fromDatabaseInstanceAttributes(this, 'Source', {
        instanceIdentifier: resourceName,
        instanceEndpointAddress: '',
        port: common.port,
        securityGroups: [],
        engine: ENGINE,
      }),
      removalPolicy: props.retain === false ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN, // RDS takes no last snapshot of a replica
    });
    const resource = settleReplica(this.instance);
    resource.kmsKeyId = props.encryptionKey.keyArn; // keys don't leave their region; that it is encrypted comes from the primary
    resource.sourceRegion = region;
    resource.sourceDbInstanceIdentifier = Stack.of(this).formatArn({
      service: 'rds',
      region,
      resource: 'db',
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.logGroups = [keepLogs(this, this.instance, 'primary', props)];
    const { dbInstanceEndpointAddress: host, dbInstanceEndpointPort: port } = this.instance;
    this.address = { host, port };
  }

  get signals() {
    const period = Duration.minutes(1);
    return {
      databaseCpu: signal('percent', this.instance.metricCPUUtilization({ period })),
      databaseConnections: signal('count', this.instance.metricDatabaseConnections({ period })),
      databaseFreeStorage: signal('bytes', this.instance.metricFreeStorageSpace({ period })),
      databaseFreeMemory: signal('bytes', this.instance.metricFreeableMemory({ period })),
      replicaLag: signal('seconds'), // it has none of its own
      standbyLag: signal('seconds', this.instance.metric('ReplicaLag', { period })),
    };
  }
}

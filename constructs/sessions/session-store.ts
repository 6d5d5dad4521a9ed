/** The shared session store on ElastiCache: primaries and replicas with failover, TLS, a user with a password. Not a cache: it evicts nothing silently. */
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Connections, type IConnectable, type IVpc, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  CfnParameterGroup,
  CfnReplicationGroup,
  CfnSubnetGroup,
  CfnUser,
  CfnUserGroup,
} from 'aws-cdk-lib/aws-elasticache';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ACCESS } from '../../lambda/redis-probe/reading';
import { signal } from '../alerting/signal';
import { exempt } from '../exemptions';
import { Logs } from '../storage/logs';
import { personalData } from '../storage/personal-data';
import { type Engine, PARAMETERS, versionOf } from './engines';

const PORT = 6379;
export interface SessionStoreProps {
  /** Network with isolated subnets. */
  readonly vpc: IVpc;
  readonly engine: Engine;
  /** Such as 'cache.t4g.small'. Changing it fails over once. */
  readonly nodeType: string;
  /** Beside each primary, each billed as a node; with none there is no failover. @default 1 */
  readonly replicas?: number;
  /** Primaries that share the keys; more than one is cluster mode. From one to more is a migration. @default 1 */
  readonly shards?: number;
  /** Whether a write is answered only when a log in two zones has it; Valkey, in cluster mode, with a replica. Create-only. @default false */
  readonly logged?: boolean;
  /** Of the data and the slow log. Create-only. */
  readonly encryptionKey: IKey;
  readonly logRetention: RetentionDays;
  /** Days a daily snapshot is kept. @default 1 */
  readonly snapshotDays?: number;
  /** Keep a last snapshot when the stack goes. @default true */
  readonly retain?: boolean;
  /** What its users' names begin with, in lower case and short: ElastiCache takes 40 characters. @default the stack's name */
  readonly stem?: string;
}

/** How clients reach it; `host:port` each. */
export interface SessionAddresses {
  readonly mode: 'single' | 'cluster';
  readonly primary: string;
  /** Any replica. A cluster has none: its clients know the nodes. */
  readonly reader?: string;
}

export class SessionStore extends Construct implements IConnectable {
  readonly group: CfnReplicationGroup;
  readonly addresses: SessionAddresses;
  /** `{username, password}` of the application's user. */
  readonly secret: ISecret;
  readonly connections: Connections;
  readonly slowLog: ILogGroup;
  /** The application's, whose password the secret holds. */
  readonly user: { readonly id: string; readonly arn: string };
  /** Who may look at its health and at no key, with tokens of IAM, and what that right is for. */
  readonly probe: { readonly user: string; readonly cache: string; readonly arns: readonly string[] };
  /** Whether a primary has replicas. */
  readonly replicated: boolean;
  readonly #nodes: readonly string[];

  constructor(scope: Construct, id: string, props: SessionStoreProps) {
    super(scope, id);
    const { vpc, engine, encryptionKey, replicas = 1, shards = 1, snapshotDays = 1, retain = true } = props;
    const logged = props.logged ?? false;
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Sessions',
      allowAllOutbound: false,
    });
    this.connections = new Connections({ securityGroups: [securityGroup], defaultPort: Port.tcp(PORT) });
    this.secret = new Secret(this, 'Secret', {
      encryptionKey,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: 'app' }),
        generateStringKey: 'password',
        excludePunctuation: true, // it stands in a URL
        passwordLength: 48,
      },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.slowLog = new Logs(this, 'SlowLog', {
      logRetention: props.logRetention,
      logKey: encryptionKey,
      dataProtectionPolicy: personalData({ addresses: false }),
    });
    const cluster = shards > 1 || logged; // the log is a cluster's
    const { engineVersion, family } = versionOf(engine, logged);
    const subnets = vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_ISOLATED }).subnetIds;
    const stem = props.stem ?? Stack.of(this).stackName.toLowerCase();
    const probe = this.#probeUser(engine, stem);
    const app = this.#appUser(engine, stem);
    this.group = new CfnReplicationGroup(this, 'Group', {
      replicationGroupDescription: 'Sessions',
      engine,
      engineVersion,
      durability: logged ? 'sync' : undefined,
      cacheNodeType: props.nodeType,
      port: PORT,
      numNodeGroups: shards,
      replicasPerNodeGroup: replicas,
      automaticFailoverEnabled: replicas > 0 || cluster, // a cluster without it is refused
      multiAzEnabled: replicas > 0,
      transitEncryptionEnabled: true,
      atRestEncryptionEnabled: true,
      kmsKeyId: encryptionKey.keyId,
      userGroupIds: [this.#users(engine, stem, app.ref, probe.ref).ref],
      cacheParameterGroupName: new CfnParameterGroup(this, 'Parameters', {
        cacheParameterGroupFamily: family,
        description: 'Sessions',
        properties: { ...PARAMETERS, ...(cluster && { 'cluster-enabled': 'yes' }) },
      }).ref,
      cacheSubnetGroupName: new CfnSubnetGroup(this, 'Subnets', { description: 'Sessions', subnetIds: subnets }).ref,
      securityGroupIds: [securityGroup.securityGroupId],
      snapshotRetentionLimit: snapshotDays,
      snapshotWindow: '02:00-03:00', // UTC, as the next
      preferredMaintenanceWindow: 'sun:07:00-sun:08:00',
      autoMinorVersionUpgrade: true,
      logDeliveryConfigurations: [
        {
          logType: 'slow-log',
          logFormat: 'json',
          destinationType: 'cloudwatch-logs',
          destinationDetails: { cloudWatchLogsDetails: { logGroup: this.slowLog.logGroupName } },
        },
      ],
    });
    exempt(this.secret, 'rotation');
    exempt(this.group, 'sessionUsers');
    if (replicas === 0) exempt(this.group, 'sessionReplica');
    this.group.applyRemovalPolicy(retain ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY);
    const { attrPrimaryEndPointAddress, attrReaderEndPointAddress, attrConfigurationEndPointAddress } = this.group;
    const at = (address: string) => `${address}:${PORT}`;
    this.addresses = cluster
      ? { mode: 'cluster', primary: at(attrConfigurationEndPointAddress) }
      : { mode: 'single', primary: at(attrPrimaryEndPointAddress), reader: at(attrReaderEndPointAddress) };
    const shardNames = Array.from({ length: shards }, (_, shard) =>
      cluster ? `-${`${shard + 1}`.padStart(4, '0')}` : '',
    );
    this.replicated = replicas > 0;
    const arn = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({
        service: 'elasticache',
        resource,
        resourceName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    this.user = { id: app.ref, arn: arn('user', app.ref) };
    this.probe = {
      user: probe.ref,
      cache: this.group.ref,
      arns: [arn('replicationgroup', this.group.ref), arn('user', probe.ref)],
    };
    this.#nodes = shardNames.flatMap((shard) =>
      Array.from({ length: replicas + 1 }, (_, node) => `${this.group.ref}${shard}-00${node + 1}`),
    );
  }

  /** Logs in with a token of IAM, which asks that id and name be one. */
  #probeUser(engine: Engine, stem: string): CfnUser {
    const name = `${stem}-probe`;
    return new CfnUser(this, 'ProbeUser', {
      engine,
      userId: name,
      userName: name,
      accessString: `on ${ACCESS}`,
      authenticationMode: { Type: 'iam' },
    });
  }

  /** A rotation gives it a second password; a deployment that changes it takes the older one away. */
  #appUser(engine: Engine, stem: string): CfnUser {
    return new CfnUser(this, 'User', {
      engine,
      userId: `${stem}-app`,
      userName: 'app',
      accessString: 'on ~* +@all -@dangerous +info',
      authenticationMode: {
        Type: 'password',
        Passwords: [this.secret.secretValueFromJson('password').unsafeUnwrap()], // a dynamic reference, no value
      },
    });
  }

  /** The application's user and the probe's; the engine's `default` user is switched off. */
  #users(engine: Engine, stem: string, app: string, probe: string): CfnUserGroup {
    const off = new CfnUser(this, 'DefaultUser', {
      engine,
      userId: `${stem}-default`,
      userName: 'default',
      accessString: 'off ~* -@all',
      noPasswordRequired: false,
      authenticationMode: { Type: 'password', Passwords: [this.secret.secretValueFromJson('password').unsafeUnwrap()] },
    });
    return new CfnUserGroup(this, 'Users', {
      engine,
      userGroupId: `${stem}-sessions`,
      userIds: [app, off.ref, probe],
    });
  }

  /** ElastiCache publishes per node, and nothing for the group. */
  get signals() {
    const of = (metricName: string, node: string, statistic = 'Average') =>
      new Metric({
        namespace: 'AWS/ElastiCache',
        metricName,
        dimensionsMap: { CacheClusterId: node, CacheNodeId: '0001' },
        statistic,
        period: Duration.minutes(1),
      });
    const each = (metricName: string, statistic?: string) => this.#nodes.map((node) => of(metricName, node, statistic));
    const hitRate = this.#nodes.map(
      (node) =>
        new MathExpression({
          expression: 'IF(hits + misses > 100, 100 * hits / (hits + misses), 100)', // too few reads say nothing
          usingMetrics: { hits: of('CacheHits', node, 'Sum'), misses: of('CacheMisses', node, 'Sum') },
          period: Duration.minutes(1),
        }),
    );
    const latency = this.#nodes.map(
      (node) =>
        new MathExpression({
          expression: 'MAX([FILL(reads, 0), FILL(writes, 0)]) / 1000', // published in µs
          usingMetrics: {
            reads: of('SuccessfulReadRequestLatency', node, 'p99'),
            writes: of('SuccessfulWriteRequestLatency', node, 'p99'),
          },
          period: Duration.minutes(1),
        }),
    );
    return {
      sessionMemory: signal('percent', ...each('DatabaseMemoryUsagePercentage', 'Maximum')),
      sessionCpu: signal('percent', ...each('CPUUtilization')),
      sessionEngineCpu: signal('percent', ...each('EngineCPUUtilization')), // of the one thread that runs commands
      sessionLatency: signal('milliseconds', ...latency),
      sessionEvictions: signal('count', ...each('Evictions', 'Sum')),
      sessionConnections: signal('count', ...each('CurrConnections', 'Maximum')),
      sessionHitRate: signal('percent', ...hitRate),
      sessionLag: signal('seconds', ...(this.replicated ? each('ReplicationLag', 'Maximum') : [])),
    };
  }
}

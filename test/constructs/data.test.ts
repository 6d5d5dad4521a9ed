import { Template } from 'aws-cdk-lib/assertions';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Alarms } from '../../constructs/alerting/alarms';
import { Topics } from '../../constructs/alerting/topics';
import { Vault } from '../../constructs/backup/vault';
import { Postgres } from '../../constructs/database/postgres';
import { SessionStore } from '../../constructs/sessions/session-store';
import { databaseAlerts } from '../../lib/alerts/database';
import { testAlerting, testStack, testVpc } from '../support/stack';

describe('a database and a session store', () => {
  const stack = testStack();
  const vpc = testVpc(stack);
  const encryptionKey = new Key(stack, 'Key');
  const logRetention = RetentionDays.ONE_WEEK;
  const database = new Postgres(stack, 'Database', {
    vpc,
    encryptionKey,
    instanceType: new InstanceType('m7g.large'),
    storageGib: 20,
    replicas: 2,
    logRetention,
  });
  new SessionStore(stack, 'Sessions', {
    vpc,
    encryptionKey,
    engine: 'valkey',
    nodeType: 'cache.t4g.small',
    replicas: 1,
    logRetention,
  });
  new Alarms(stack, 'Alarms', {
    signals: database.signals,
    alerts: databaseAlerts,
    ...testAlerting(stack),
    thresholds: { DatabaseCpuHigh: 70 },
  });
  const template = Template.fromStack(stack);
  const instances = Object.values(template.findResources('AWS::RDS::DBInstance'));

  it('give the parameter group to every replica', () => {
    expect(instances).toHaveLength(3);
    expect(new Set(instances.map(({ Properties }) => JSON.stringify(Properties.DBParameterGroupName))).size).toBe(1);
    template.hasResourceProperties('AWS::RDS::DBParameterGroup', {
      Parameters: {
        'rds.force_ssl': '1',
        log_min_duration_statement: '1000',
        shared_preload_libraries: 'pg_stat_statements',
      },
    });
  });

  it('keep a last snapshot and the automated backups, and refuse deletion by default', () => {
    template.hasResource('AWS::RDS::DBInstance', {
      DeletionPolicy: 'Snapshot',
      Properties: { DeletionProtection: true, DeleteAutomatedBackups: false, MultiAZ: true },
    });
    template.hasResource('AWS::ElastiCache::ReplicationGroup', { DeletionPolicy: 'Snapshot' });
  });

  it('fail over between zones', () => {
    template.hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
    });
  });

  it('evict no session', () => {
    template.hasResourceProperties('AWS::ElastiCache::ParameterGroup', {
      Properties: { 'maxmemory-policy': 'noeviction' },
    });
  });

  it('alarm for each replica by itself, in seconds, and tell the same people when it is over', () => {
    const lag = Object.values(
      template.findResources('AWS::CloudWatch::Alarm', { Properties: { MetricName: 'ReplicaLag' } }),
    );
    expect(lag.map(({ Properties }) => Properties.Threshold)).toEqual([30, 30]);
    for (const { Properties } of lag) expect(Properties.OKActions).toEqual(Properties.AlarmActions);
  });

  it('alarm at the threshold the environment chose', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'CPUUtilization', Threshold: 70 });
  });
});

describe.each([
  ['valkey', '8.0', 'valkey8'],
  ['redis', '7.1', 'redis7'],
] as const)('a session store on %s', (engine, version, family) => {
  const stack = testStack();
  new SessionStore(stack, 'Sessions', {
    vpc: testVpc(stack),
    encryptionKey: new Key(stack, 'Key'),
    engine,
    nodeType: 'cache.t4g.small',
    logRetention: RetentionDays.ONE_WEEK,
  });
  const template = Template.fromStack(stack);

  it('has a version of that engine and the parameters of its family', () => {
    template.hasResourceProperties('AWS::ElastiCache::ReplicationGroup', { Engine: engine, EngineVersion: version });
    template.hasResourceProperties('AWS::ElastiCache::ParameterGroup', { CacheParameterGroupFamily: family });
  });

  it('has users of that engine, the default one among them', () => {
    const users = Object.values(template.findResources('AWS::ElastiCache::User')).map(({ Properties }) => Properties);
    expect(users.map(({ Engine, UserName }) => [Engine, UserName])).toEqual([
      [engine, 'test-eu-west-1-probe'],
      [engine, 'app'],
      [engine, 'default'],
    ]);
    template.hasResourceProperties('AWS::ElastiCache::UserGroup', { Engine: engine });
  });
});

it('locks a vault for good only where that is said', () => {
  const stack = testStack();
  const encryptionKey = new Key(stack, 'Key');
  new Vault(stack, 'Open', { encryptionKey });
  new Vault(stack, 'Governed', { encryptionKey, lock: { minDays: 7 } });
  new Vault(stack, 'Final', { encryptionKey, lock: { minDays: 7, coolingDays: 3 } });
  const locks = Object.values(Template.fromStack(stack).findResources('AWS::Backup::BackupVault')).map(
    ({ Properties }) => Properties.LockConfiguration,
  );
  expect(locks).toEqual([undefined, { MinRetentionDays: 7 }, { MinRetentionDays: 7, ChangeableForDays: 3 }]);
});

describe('a session store of three shards', () => {
  const stack = testStack();
  const store = new SessionStore(stack, 'Sessions', {
    vpc: testVpc(stack),
    encryptionKey: new Key(stack, 'Key'),
    engine: 'valkey',
    nodeType: 'cache.r7g.large',
    replicas: 1,
    shards: 3,
    logRetention: RetentionDays.ONE_WEEK,
  });
  const template = Template.fromStack(stack);

  it('is a cluster whose parts fail over', () => {
    template.hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
      NumNodeGroups: 3,
      ReplicasPerNodeGroup: 1,
      AutomaticFailoverEnabled: true,
    });
    template.hasResourceProperties('AWS::ElastiCache::ParameterGroup', {
      Properties: { 'cluster-enabled': 'yes', 'maxmemory-policy': 'noeviction' },
    });
  });

  it('is found by its configuration endpoint, and by no reader', () => {
    const { primary, ...others } = store.addresses;
    expect(others).toEqual({ mode: 'cluster' });
    expect(JSON.stringify(stack.resolve(primary))).toContain('ConfigurationEndPoint.Address');
  });

  it('is watched node by node, by the names a cluster gives them', () => {
    const node = (metric: unknown) => JSON.stringify(stack.resolve((metric as Metric).dimensions?.CacheClusterId));
    const ids = store.signals.sessionMemory.metrics.map((metric) => /-\d{4}-\d{3}/.exec(node(metric))?.[0]);
    expect(ids).toEqual(['-0001-001', '-0001-002', '-0002-001', '-0002-002', '-0003-001', '-0003-002']);
  });
});

it('has a session store with a log as a cluster of one shard, which answers when the log has a write', () => {
  const stack = testStack();
  const store = new SessionStore(stack, 'Sessions', {
    vpc: testVpc(stack),
    encryptionKey: new Key(stack, 'Key'),
    engine: 'valkey',
    nodeType: 'cache.m7g.large',
    logged: true,
    logRetention: RetentionDays.ONE_WEEK,
  });
  expect(store.addresses.mode).toBe('cluster');
  Template.fromStack(stack).hasResourceProperties('AWS::ElastiCache::ReplicationGroup', {
    Durability: 'sync',
    EngineVersion: '9.0',
    NumNodeGroups: 1,
    MultiAZEnabled: true,
    TransitEncryptionEnabled: true,
  });
});

it('lets CloudWatch publish to an encrypted topic', () => {
  const stack = testStack();
  new Topics(stack, 'Topics', { emails: { critical: ['a@example.com'], warning: [], info: [] } });
  const template = Template.fromStack(stack);
  const policies = JSON.stringify([
    template.findResources('AWS::SNS::TopicPolicy'),
    template.findResources('AWS::KMS::Key'),
  ]);
  expect(policies.match(/cloudwatch\.amazonaws\.com/g)?.length).toBeGreaterThanOrEqual(4);
  template.resourceCountIs('AWS::SNS::Subscription', 1);
});

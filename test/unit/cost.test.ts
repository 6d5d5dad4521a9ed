/** A bill: that nothing is left out unsaid, how each thing is counted, and what the price file is held to. Those of the environments: test/invariants/cost.test.ts. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Resource, Stack } from '../../lib/commands/assembly';
import { billOf } from '../../lib/commands/cost/bill';
import { CHARGED } from '../../lib/commands/cost/charges';
import { type PriceFile, readPrices } from '../../lib/commands/cost/prices';
import { reportText } from '../../lib/commands/cost/report';
import { BY_USE, FREE } from '../../lib/commands/cost/without';
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { checked } from '../../lib/config/check';
import { inMode, MODES, modesOf } from '../../lib/config/modes';

const PRICES = readPrices();
const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'holdfast-cost-'));

it('calls no type free that is charged', () => {
  expect(Object.keys(FREE).filter((type) => type in CHARGED || type in BY_USE)).toEqual([]);
});

/** A stack 'Data' of the resources, by id. */
function stackOf(resources: Readonly<Record<string, readonly [string, Resource['properties']]>>): Stack {
  const made: Resource[] = [];
  const stack = { name: 'Data', deployedAs: 'Data', region: 'eu-west-1', after: [], outputs: {}, resources: made };
  for (const [id, [type, properties]] of Object.entries(resources))
    made.push({ key: `Data.${id}`, type, properties, stack });
  return stack;
}

const bill = (resources: Parameters<typeof stackOf>[0]) => billOf([stackOf(resources)], PRICES, 'eu-west-1');
const counted = (resources: Parameters<typeof stackOf>[0]) =>
  Object.fromEntries(bill(resources).rows.map(({ usage, quantity }) => [usage, quantity]));

describe('what has no price', () => {
  const unknown = { Stream: ['AWS::Kinesis::Stream', {}] } as const;
  const dear = {
    Nodes: ['AWS::ElastiCache::ReplicationGroup', { CacheNodeType: 'cache.x9.huge', Engine: 'valkey' }],
  } as const;

  it('is told where nobody has said what its type costs', () => {
    expect(bill(unknown).notPriced).toEqual(['AWS::Kinesis::Stream']);
  });

  it('is told where its class has no price', () => {
    expect(bill(dear).notPriced).toEqual(['NodeUsage:cache.x9.huge:valkey in eu-west-1']);
  });

  it('is no 0 in the text, whose sum is then the least', () => {
    const text = reportText(
      { environment: 'x', bill: bill({ ...dear, Key: ['AWS::KMS::Key', {}] }), modes: [] },
      PRICES,
    );
    expect(text).toMatch(/NodeUsage:cache\.x9\.huge:valkey *\| 1 *\| not priced *\| *\|/);
    expect(text).toContain('Together at least 1.00 USD a month');
    expect(text).toContain('Not priced, and not in the sum: NodeUsage:cache.x9.huge:valkey in eu-west-1.');
  });
});

describe('counts', () => {
  const template = { InstanceType: 't4g.small', BlockDeviceMappings: [{ Ebs: { VolumeSize: 20 } }] };
  const group = (colour: string) =>
    [
      'AWS::AutoScaling::AutoScalingGroup',
      { AutoScalingGroupName: colour, LaunchTemplate: { LaunchTemplateId: { Ref: 'Template' } } },
    ] as const;
  const fleet = {
    Template: ['AWS::EC2::LaunchTemplate', { LaunchTemplateData: { ...template, Monitoring: { Enabled: true } } }],
    Blue: group('blue'),
    Green: group('green'),
    Live: ['Custom::LiveFleets', { services: { web: { min: '2', max: '6', groups: { a: 'blue', b: 'green' } } } }],
  } as const;

  it('the servers of one of two groups, at the minimum, with their disks and metrics', () => {
    expect(counted(fleet)).toEqual({
      'BoxUsage:t4g.small': 2,
      'EBS:VolumeUsage.gp3': 40,
      'CW:MetricMonitorUsage': 2 * 7 + 21,
    });
  });

  it('the disks of a warm pool up to the maximum', () => {
    const pool = ['AWS::AutoScaling::WarmPool', { AutoScalingGroupName: { Ref: 'Blue' } }] as const;
    expect(counted({ ...fleet, pool })).toMatchObject({ 'BoxUsage:t4g.small': 2, 'EBS:VolumeUsage.gp3': 120 });
  });

  it('a database with its standby, and the storage of each copy', () => {
    const DBInstanceClass = 'db.r7g.large';
    const primary = { DBInstanceClass, MultiAZ: true, AllocatedStorage: '100', DBInstanceIdentifier: 'first' };
    const copy = (SourceDBInstanceIdentifier: unknown) =>
      ['AWS::RDS::DBInstance', { DBInstanceClass, SourceDBInstanceIdentifier }] as const;
    expect(
      counted({
        Primary: ['AWS::RDS::DBInstance', primary],
        Near: copy({ Ref: 'Primary' }),
        Far: copy({ 'Fn::Join': ['', ['arn:aws:rds:', ':db:first']] }),
      }),
    ).toEqual({
      'Multi-AZUsage:db.r7g.large': 1,
      'RDS:Multi-AZ-GP3-Storage': 100,
      'InstanceUsage:db.r7g.large': 2,
      'RDS:GP3-Storage': 200,
    });
  });

  it('each node of each shard', () => {
    const cluster = { CacheNodeType: 'cache.t4g.small', Engine: 'valkey', NumNodeGroups: 2, ReplicasPerNodeGroup: 2 };
    expect(counted({ Nodes: ['AWS::ElastiCache::ReplicationGroup', cluster] })).toEqual({
      'NodeUsage:cache.t4g.small:valkey': 6,
    });
  });

  it('the metrics that an alarm looks at, and a band of usual values as two more', () => {
    const MetricStat = { Metric: { Namespace: 'AWS/X', MetricName: 'Y' } };
    const band = [{ MetricStat }, { MetricStat }, { Expression: 'ANOMALY_DETECTION_BAND(m0, 4)' }];
    expect(
      counted({
        One: ['AWS::CloudWatch::Alarm', { Namespace: 'AWS/X', MetricName: 'Y' }],
        Band: ['AWS::CloudWatch::Alarm', { Metrics: band }],
      }),
    ).toEqual({ 'CW:AlarmMonitorUsage': 1 + 4 });
  });

  it('a metric of ours once, however many alarms look at it', () => {
    const own = { Namespace: 'Holdfast/Jobs', MetricName: 'Age', Dimensions: [{ Name: 'Environment', Value: 'x' }] };
    const alarms = { One: ['AWS::CloudWatch::Alarm', own], Two: ['AWS::CloudWatch::Alarm', own] } as const;
    expect(counted(alarms)).toEqual({ 'CW:AlarmMonitorUsage': 2, 'CW:MetricMonitorUsage': 1 });
  });

  it('a health check by whose host it asks', () => {
    const check = (host: string, more = {}) =>
      [
        'AWS::Route53::HealthCheck',
        { HealthCheckConfig: { Type: 'HTTPS', FullyQualifiedDomainName: host, ...more } },
      ] as const;
    expect(
      counted({
        Record: ['AWS::Route53::RecordSet', { Name: 'origin.www.example.com.' }],
        Ours: check('origin.www.example.com', { RequestInterval: 10 }),
        Theirs: check('site.other-cdn.net', { RequestInterval: 10 }),
        Both: ['AWS::Route53::HealthCheck', { HealthCheckConfig: { Type: 'CALCULATED' } }],
      }),
    ).toEqual({
      'Health-Check-AWS': 2,
      'Health-Check-Option-AWS': 2,
      'Health-Check-Non-AWS': 1,
      'Health-Check-Option-Non-AWS': 2,
    });
  });

  it('two alarms of a policy that follows a target, none of another', () => {
    const policy = (PolicyType: string) => ['AWS::AutoScaling::ScalingPolicy', { PolicyType }] as const;
    expect(counted({ One: policy('TargetTrackingScaling'), Other: policy('StepScaling') })).toEqual({
      'CW:AlarmMonitorUsage': 2,
    });
  });

  it('a firewall and each of its rules', () => {
    expect(counted({ Firewall: ['AWS::WAFv2::WebACL', { Rules: [{}, {}, {}] }] })).toEqual({ WebACLV2: 1, RuleV2: 3 });
  });

  it('a private endpoint in each of its zones, and a gateway as nothing', () => {
    expect(
      counted({
        Secrets: ['AWS::EC2::VPCEndpoint', { SubnetIds: ['a', 'b'] }],
        Storage: ['AWS::EC2::VPCEndpoint', { RouteTableIds: ['c'] }],
      }),
    ).toEqual({ 'VpcEndpoint-Hours': 2 });
  });

  it('the log of sessions beside each node', () => {
    const store = { CacheNodeType: 'cache.r7g.large', Engine: 'valkey', ReplicasPerNodeGroup: 1, Durability: 'sync' };
    expect(counted({ Nodes: ['AWS::ElastiCache::ReplicationGroup', store] })).toEqual({
      'NodeUsage:cache.r7g.large:valkey': 2,
      'SyncDurability-NodeUsage:cache.r7g.large': 2,
    });
  });

  it('a copy of backups as far as it is larger than the databases where it goes', () => {
    const vault = 'arn:aws:backup:eu-central-1:1:backup-vault:x';
    const plan = [
      'AWS::Backup::BackupPlan',
      { BackupPlan: { BackupPlanRule: [{ CopyActions: [{ DestinationBackupVaultArn: vault }] }] } },
    ] as const;
    const database = ['AWS::RDS::DBInstance', { DBInstanceClass: 'db.t4g.micro', AllocatedStorage: '100' }] as const;
    const here = stackOf({ Primary: database, Plan: plan });
    const there = { ...stackOf({ Replica: database }), region: 'eu-central-1' };
    for (const each of there.resources) Object.assign(each, { stack: there });
    const copied = (stacks: readonly Stack[]) =>
      billOf(stacks, PRICES, 'eu-west-1').rows.filter(({ usage }) => usage === 'RDS:ChargedBackupUsage');
    expect(copied([here])).toMatchObject([{ quantity: 100, region: 'eu-central-1' }]);
    expect(copied([here, there])).toEqual([]);
  });

  it('a secret and each of its copies, and an address in each zone of a public balancer', () => {
    expect(
      counted({
        Secret: ['AWS::SecretsManager::Secret', { ReplicaRegions: [{ Region: 'a' }, { Region: 'b' }] }],
        Public: [
          'AWS::ElasticLoadBalancingV2::LoadBalancer',
          { Type: 'application', Scheme: 'internet-facing', Subnets: ['a', 'b', 'c'] },
        ],
      }),
    ).toEqual({ 'AWSSecretsManager-Secrets': 3, 'LoadBalancerUsage:application': 1, 'PublicIPv4:InUseAddress': 3 });
  });

  it('hours as 730 a month, and other units as they are', () => {
    const gateway = bill({ Gateway: ['AWS::EC2::NatGateway', {}], Key: ['AWS::KMS::Key', {}] });
    expect(gateway.rows.map(({ month }) => month)).toEqual([730 * 0.048, 1]);
  });
});

describe('the price file', () => {
  it('says of each source what it is, where and of when', () => {
    for (const { what, url, date } of Object.values(PRICES)) {
      expect(what).not.toBe('');
      expect(url).toMatch(/^https:\/\//);
      expect(date).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
  });

  const source = { what: 'a', url: 'https://a', date: '2026-01-01' };
  const key = (usd: unknown) => ({ a: { ...source, usd: { any: { 'KMS-Keys': usd } } } }) as PriceFile;
  it.each([
    ['no number', key('1'), /a\.usd\.any\['KMS-Keys'\]: expected USD above 0, or null, got "1"$/],
    ['0', key(0), /expected USD above 0, or null, got 0$/],
    [
      'what nobody knows',
      { a: { ...source, usd: { any: { Beer: 5 } } } },
      /expected a usage type of usages\.ts, got another$/,
    ],
    [
      'a price twice',
      { ...key(1), b: { ...source, usd: { any: { 'KMS-Keys': 2 } } } },
      /expected it once, got it again; drop the older$/,
    ],
  ])('with %s is refused', (_, file, fault) => {
    const path = join(temporaryFolder(), 'prices.json');
    writeFileSync(path, JSON.stringify(file));
    expect(() => readPrices(path)).toThrow(fault);
  });

  it('that is no JSON, or gone, is refused in a line', () => {
    const path = join(temporaryFolder(), 'prices.json');
    expect(() => readPrices(path)).toThrow(/expected the price file, got none/);
    writeFileSync(path, '{');
    expect(() => readPrices(path)).toThrow(/expected JSON, got/);
  });
});

describe('modes of the second region', () => {
  it.each(ENVIRONMENT_NAMES)('of %s keep its rules', (name) => {
    const own = environment(name);
    for (const mode of modesOf(own)) expect(() => checked(inMode(own, mode), mode)).not.toThrow();
  });

  it('need no probe in a region that is gone with it', () => {
    const own = environment('prod');
    const there = { ...own, probes: { ...own.probes, uptime: { enabled: true, region: own.recovery?.region } } };
    for (const mode of MODES) expect(() => checked(inMode(there as typeof own, mode), mode)).not.toThrow();
  });

  it('are all four where it says what a standby is made of, none else without a second region', () => {
    expect(modesOf(environment('prod'))).toEqual(MODES);
    expect(modesOf(environment('dev'))).toEqual(['none']);
  });
});

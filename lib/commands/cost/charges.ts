/** What a resource of each type is billed for while it stands, traffic or not: usage types and how many, from its properties. Knows no price. */
import { ofType, type Resource, references, resourceAt, type Stack } from '../assembly';

export const WATCHING = 'alarms, metrics, keys, secrets, health checks';

/** Lines of the README's table, in its order. */
export const PARTS = [
  'servers',
  'PostgreSQL',
  'Redis',
  'NAT gateways',
  'private endpoints',
  'balancer and firewalls',
  WATCHING,
] as const;

export interface Charge {
  readonly part: (typeof PARTS)[number];
  readonly usage: string;
  readonly quantity: number;
  /** @default that of the resource's stack */
  readonly region?: string;
}

type Charger = (resource: Resource, stacks: readonly Stack[]) => readonly Charge[];
// biome-ignore lint/suspicious/noExplicitAny: templates have no types
type Loose = any;

/** Metrics of EC2's detailed monitoring, each of which it bills as a custom one: https://aws.amazon.com/cloudwatch/pricing/ */
const DETAILED = 7;
/**
 * Metrics of a group by app/server/amazon-cloudwatch-agent.json, each measure once for the group and once as it was read: memory 1, disk
 * and processor 2 each, 2 of the network for the group and two interfaces, 5 of ethtool for the group and one.
 */
const AGENT = 21;

const one =
  (part: Charge['part'], usage: string): Charger =>
  () => [{ part, usage, quantity: 1 }];

/** At the minimum, in one of the groups of each service: the other rests. A warm pool keeps the disks of the rest up to the maximum. */
const servers: Charger = ({ properties, stack }, stacks) =>
  Object.values(properties.services as Record<string, Loose>).flatMap(({ min, max, groups }) => {
    const named = Object.values(groups);
    const group = ofType(stacks, 'AWS::AutoScaling::AutoScalingGroup').find(
      (each) => each.stack.region === stack.region && named.includes(each.properties.AutoScalingGroupName),
    );
    const [key = ''] = group ? references(stacks, group.stack, group.properties.LaunchTemplate) : [];
    const template = resourceAt(stacks, key)?.properties.LaunchTemplateData as Loose;
    if (!group || !template) throw new Error(`${stack.name}: expected a launch template of ${named}, got none`);
    const pool = ofType(stacks, 'AWS::AutoScaling::WarmPool').some((each) =>
      references(stacks, each.stack, each.properties.AutoScalingGroupName).includes(group.key),
    );
    const disks = pool ? Number(max) : Number(min);
    const gib = template.BlockDeviceMappings.reduce((sum: number, { Ebs }: Loose) => sum + Ebs.VolumeSize, 0);
    const monitored = template.Monitoring?.Enabled ? Number(min) * DETAILED : 0;
    return [
      { part: 'servers', usage: `BoxUsage:${template.InstanceType}`, quantity: Number(min) },
      { part: 'servers', usage: 'EBS:VolumeUsage.gp3', quantity: disks * gib },
      { part: WATCHING, usage: 'CW:MetricMonitorUsage', quantity: monitored + (Number(min) > 0 ? AGENT : 0) },
    ];
  });

/** A replica has the storage of what it copies. */
function gibOf({ key: own, properties }: Resource, stacks: readonly Stack[]): number {
  if (properties.AllocatedStorage !== undefined) return Number(properties.AllocatedStorage);
  const source = JSON.stringify(properties.SourceDBInstanceIdentifier) ?? '';
  const origin = ofType(stacks, 'AWS::RDS::DBInstance').find(
    ({ key, properties: { AllocatedStorage, DBInstanceIdentifier: name } }) =>
      AllocatedStorage !== undefined && (source.includes(`${name}"`) || source.includes(`"${key.split('.')[1]}"`)),
  );
  if (!origin) throw new Error(`${own}: expected the database that it copies, got none`);
  return Number(origin.properties.AllocatedStorage);
}

const database: Charger = (resource, stacks) => {
  const { MultiAZ, DBInstanceClass } = resource.properties;
  const [instance, storage] = MultiAZ ? ['Multi-AZUsage', 'RDS:Multi-AZ-GP3'] : ['InstanceUsage', 'RDS:GP3'];
  const part = 'PostgreSQL';
  return [
    { part, usage: `${instance}:${String(DBInstanceClass).replace(/xlarge$/, 'xl')}`, quantity: 1 },
    { part, usage: `${storage}-Storage`, quantity: gibOf(resource, stacks) },
  ];
};

const sessions: Charger = ({
  properties: { CacheNodeType, Engine, NumNodeGroups, ReplicasPerNodeGroup, Durability },
}) => {
  const quantity = Number(NumNodeGroups ?? 1) * (1 + Number(ReplicasPerNodeGroup ?? 0));
  const nodes = { part: 'Redis', usage: `NodeUsage:${CacheNodeType}:${Engine}`, quantity } as const;
  return Durability === undefined ? [nodes] : [nodes, { ...nodes, usage: `SyncDurability-NodeUsage:${CacheNodeType}` }];
};

const balancer: Charger = ({ properties: { Type, Scheme, Subnets } }) => {
  const part = 'balancer and firewalls';
  const addresses = Scheme === 'internet-facing' && Array.isArray(Subnets) ? Subnets.length : 0;
  return [
    { part, usage: `LoadBalancerUsage:${Type}`, quantity: 1 },
    { part, usage: 'PublicIPv4:InUseAddress', quantity: addresses },
  ];
};

/** By the metrics it looks at; a band of usual values counts as two more. */
const alarm: Charger = ({ properties }) => {
  const metrics = (properties.Metrics ?? []) as readonly Loose[];
  const read = metrics.filter(({ MetricStat }) => MetricStat).length || 1;
  const bands = metrics.filter(({ Expression = '' }) => Expression.startsWith('ANOMALY_DETECTION_BAND')).length;
  return [{ part: WATCHING, usage: 'CW:AlarmMonitorUsage', quantity: read + 2 * bands }];
};

/** Of a host that no record of ours leads to and no stack of ours makes, Route 53 asks more. */
const healthCheck: Charger = ({ properties }, stacks) => {
  const { Type, RequestInterval, FullyQualifiedDomainName: host } = properties.HealthCheckConfig as Loose;
  if (Type === 'CALCULATED') return [{ part: WATCHING, usage: 'Health-Check-AWS', quantity: 1 }];
  const records = ofType(stacks, 'AWS::Route53::RecordSet').map((each) =>
    String(each.properties.Name).replace(/\.$/, ''),
  );
  const whose = typeof host !== 'string' || records.includes(host) ? 'AWS' : 'Non-AWS';
  const extras = Number(String(Type).startsWith('HTTPS')) + Number(RequestInterval === 10);
  return [
    { part: WATCHING, usage: `Health-Check-${whose}`, quantity: 1 },
    { part: WATCHING, usage: `Health-Check-Option-${whose}`, quantity: extras },
  ];
};

/**
 * One whole copy of the database in the other region; what changes from day to day comes on top. In each region backups are free up to the
 * size of the databases there: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
 */
const backups: Charger = ({ properties, stack }, stacks) => {
  const rules = (properties.BackupPlan as Loose).BackupPlanRule as readonly Loose[];
  const copies = rules.flatMap(({ CopyActions = [] }) => CopyActions as readonly Loose[]);
  const primary = ofType(stacks, 'AWS::RDS::DBInstance').find(
    (each) => each.stack === stack && each.properties.AllocatedStorage !== undefined,
  );
  return copies.map(({ DestinationBackupVaultArn: vault }) => {
    const region = JSON.stringify(vault).match(/arn:aws:backup:([a-z0-9-]+):/)?.[1];
    if (!region || !primary)
      throw new Error(`${stack.name}: expected a copy of a database to a region, got ${JSON.stringify(vault)}`);
    const there = ofType(stacks, 'AWS::RDS::DBInstance').filter((each) => each.stack.region === region);
    const free = there.reduce((sum, each) => sum + gibOf(each, stacks), 0);
    const quantity = Math.max(0, gibOf(primary, stacks) - free);
    return { part: 'PostgreSQL', usage: 'RDS:ChargedBackupUsage', quantity, region };
  });
};

export const CHARGED: Readonly<Record<string, Charger>> = {
  // AWS makes two alarms for each that follows a target; the others have ours
  'AWS::AutoScaling::ScalingPolicy': ({ properties }) =>
    properties.PolicyType === 'TargetTrackingScaling'
      ? [{ part: WATCHING, usage: 'CW:AlarmMonitorUsage', quantity: 2 }]
      : [],
  'AWS::Backup::BackupPlan': backups,
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::CompositeAlarm': one(WATCHING, 'CW:CompositeAlarmMonitorUsage'),
  'AWS::EC2::EIP': one('NAT gateways', 'PublicIPv4:InUseAddress'),
  'AWS::EC2::NatGateway': one('NAT gateways', 'NatGateway-Hours'),
  'AWS::EC2::VPCEndpoint': ({ properties: { SubnetIds } }) =>
    Array.isArray(SubnetIds)
      ? [{ part: 'private endpoints', usage: 'VpcEndpoint-Hours', quantity: SubnetIds.length }]
      : [], // a gateway is free
  'AWS::ElastiCache::ReplicationGroup': sessions,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': balancer,
  'AWS::KMS::Key': one(WATCHING, 'KMS-Keys'),
  'AWS::RDS::DBInstance': database,
  'AWS::Route53::HealthCheck': healthCheck,
  'AWS::SecretsManager::Secret': ({ properties: { ReplicaRegions } }) => [
    {
      part: WATCHING,
      usage: 'AWSSecretsManager-Secrets',
      quantity: 1 + (Array.isArray(ReplicaRegions) ? ReplicaRegions.length : 0),
    },
  ],
  'AWS::WAFv2::WebACL': ({ properties: { Rules } }) => [
    { part: 'balancer and firewalls', usage: 'WebACLV2', quantity: 1 },
    { part: 'balancer and firewalls', usage: 'RuleV2', quantity: (Rules as readonly unknown[]).length },
  ],
  'Custom::LiveFleets': servers,
};

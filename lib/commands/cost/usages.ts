/** AWS's usage types that a bill of ours may have: what people call them, the unit, and where AWS's price list has them. Knows no price. */

export interface Usage {
  readonly pattern: RegExp;
  /** `$1` is what the pattern caught. */
  readonly what: string;
  /** What a price is of; of an hour, 730 make a month. */
  readonly per: string;
  /** Where `npm run cost -- --refresh` finds it: AWS's offer, the operation where the usage type alone isn't one price, and the usage type where it differs. @default by hand */
  readonly list?: { readonly offer: string; readonly operation?: string; readonly usage?: string };
}

const million = 'million';
const gb = 'GB';
const balancing = (operation: string) => ({ offer: 'AWSELB', operation, usage: 'LoadBalancerUsage' });
const nodes = (operation: string) => ({ offer: 'AmazonElastiCache', operation, usage: 'NodeUsage:$1' });
const logs = (usage?: string) => ({ offer: 'AmazonCloudWatch', usage });
const POSTGRES = { offer: 'AmazonRDS', operation: 'CreateDBInstance:0014' };

export const USAGES: readonly Usage[] = [
  {
    pattern: /^BoxUsage:(.+)$/,
    what: 'EC2 $1',
    per: 'hour',
    list: { offer: 'AmazonEC2', operation: 'RunInstances' },
  },
  { pattern: /^EBS:VolumeUsage\.gp3$/, what: 'EBS gp3', per: 'GB-month', list: { offer: 'AmazonEC2' } },
  { pattern: /^InstanceUsage:(.+)$/, what: 'RDS PostgreSQL $1', per: 'hour', list: POSTGRES },
  { pattern: /^Multi-AZUsage:(.+)$/, what: 'RDS PostgreSQL $1, Multi-AZ', per: 'hour', list: POSTGRES },
  { pattern: /^RDS:GP3-Storage$/, what: 'RDS gp3', per: 'GB-month', list: { offer: 'AmazonRDS' } },
  { pattern: /^RDS:Multi-AZ-GP3-Storage$/, what: 'RDS gp3, Multi-AZ', per: 'GB-month', list: { offer: 'AmazonRDS' } },
  {
    pattern: /^RDS:ChargedBackupUsage$/,
    what: "RDS backups beyond the database's size",
    per: 'GB-month',
    list: { offer: 'AmazonRDS' },
  },
  {
    pattern: /^NodeUsage:(.+):valkey$/,
    what: 'ElastiCache $1, Valkey',
    per: 'hour',
    list: nodes('CreateCacheCluster:Valkey'),
  },
  {
    pattern: /^NodeUsage:(.+):redis$/,
    what: 'ElastiCache $1, Redis',
    per: 'hour',
    list: nodes('CreateCacheCluster:0002'),
  },
  {
    pattern: /^SyncDurability-NodeUsage:(.+)$/,
    what: 'log of ElastiCache $1',
    per: 'hour',
    list: { offer: 'AmazonElastiCache', operation: 'CreateCacheCluster:Valkey' },
  },
  {
    pattern: /^NatGateway-Hours$/,
    what: 'NAT gateway',
    per: 'hour',
    list: { offer: 'AmazonEC2', operation: 'NatGateway' },
  },
  {
    pattern: /^NatGateway-Bytes$/,
    what: 'through a NAT gateway',
    per: gb,
    list: { offer: 'AmazonEC2', operation: 'NatGateway' },
  },
  { pattern: /^PublicIPv4:InUseAddress$/, what: 'public IPv4 address', per: 'hour', list: { offer: 'AmazonVPC' } },
  { pattern: /^VpcEndpoint-Hours$/, what: 'interface endpoint, a zone', per: 'hour', list: { offer: 'AmazonVPC' } },
  { pattern: /^VpcEndpoint-Bytes$/, what: 'through an interface endpoint', per: gb, list: { offer: 'AmazonVPC' } },
  {
    pattern: /^LoadBalancerUsage:application$/,
    what: 'application balancer',
    per: 'hour',
    list: balancing('LoadBalancing:Application'),
  },
  {
    pattern: /^LoadBalancerUsage:network$/,
    what: 'network balancer',
    per: 'hour',
    list: balancing('LoadBalancing:Network'),
  },
  {
    pattern: /^LCUUsage$/,
    what: 'capacity unit of the balancer',
    per: 'hour',
    list: { offer: 'AWSELB', operation: 'LoadBalancing:Application' },
  },
  { pattern: /^CW:AlarmMonitorUsage$/, what: 'metric that an alarm looks at', per: 'month', list: logs() },
  { pattern: /^CW:CompositeAlarmMonitorUsage$/, what: 'composite alarm', per: 'month', list: logs() },
  { pattern: /^CW:MetricMonitorUsage$/, what: 'custom metric', per: 'month', list: logs() },
  { pattern: /^DataProcessing-Bytes$/, what: 'logs written', per: gb, list: logs() },
  { pattern: /^VendedLog-Bytes$/, what: "AWS's own logs written", per: gb },
  { pattern: /^TimedStorage-ByteHrs:logs$/, what: 'logs kept', per: 'GB-month', list: logs('TimedStorage-ByteHrs') },
  { pattern: /^KMS-Keys$/, what: 'KMS key', per: 'month', list: { offer: 'awskms' } },
  { pattern: /^KMS-Requests$/, what: 'requests to KMS', per: million },
  {
    pattern: /^AWSSecretsManager-Secrets$/,
    what: 'secret, or a copy of one',
    per: 'month',
    list: { offer: 'AWSSecretsManager' },
  },
  { pattern: /^AWSSecretsManagerAPIRequest$/, what: 'requests to Secrets Manager', per: million },
  { pattern: /^WebACLV2$/, what: 'firewall', per: 'month' },
  { pattern: /^RuleV2$/, what: 'rule of a firewall', per: 'month' },
  { pattern: /^RequestV2-Tier1$/, what: 'requests through a firewall', per: million },
  { pattern: /^Health-Check-AWS$/, what: 'health check', per: 'month' },
  { pattern: /^Health-Check-Non-AWS$/, what: 'health check outside AWS', per: 'month' },
  {
    pattern: /^Health-Check-Option-Non-AWS$/,
    what: 'HTTPS or 10 s of a health check outside AWS',
    per: 'month',
  },
  { pattern: /^Health-Check-Option-AWS$/, what: 'HTTPS or 10 s of a health check', per: 'month' },
  { pattern: /^DNS-Queries$/, what: 'DNS queries that no alias answers', per: million },
  { pattern: /^CloudFront-Out-Bytes$/, what: 'from CloudFront to Europe and North America', per: gb },
  { pattern: /^CloudFront-Requests-HTTPS$/, what: 'requests to CloudFront in Europe', per: million },
  { pattern: /^CloudFront-Function-Invocations$/, what: "runs of CloudFront's function", per: million },
  { pattern: /^DataTransfer-Out-Bytes$/, what: 'from the balancer to visitors, past CloudFront', per: gb },
  { pattern: /^AWS-Out-Bytes$/, what: 'to another region', per: gb },
  { pattern: /^Backup-RestoreTest$/, what: 'restore test, beside the hours of its instance', per: 'test' },
  { pattern: /^Build-Min:ARM:g1\.small$/, what: 'build of a dump', per: 'minute' },
  { pattern: /^AMP:MetricSamples$/, what: 'samples to Prometheus', per: million },
  { pattern: /^WriteRequestUnits$/, what: 'writes to DynamoDB', per: million },
  { pattern: /^ReadRequestUnits$/, what: 'reads from DynamoDB', per: million },
  { pattern: /^FIS-ActionMinutes$/, what: 'action of an experiment', per: 'minute' },
  { pattern: /^Lambda-GB-Second-ARM$/, what: 'Lambda, a GB for a second', per: million },
  { pattern: /^Request-ARM$/, what: 'runs of Lambda', per: million },
  { pattern: /^TimedStorage-ByteHrs$/, what: 'S3', per: 'GB-month', list: { offer: 'AmazonS3' } },
  { pattern: /^Requests-Tier1$/, what: 'writes to S3', per: million },
  { pattern: /^Requests-Tier2$/, what: 'reads from S3', per: million },
  { pattern: /^SNS-Requests$/, what: 'messages to SNS', per: million },
  { pattern: /^SQS-Requests$/, what: 'requests to SQS', per: million },
  { pattern: /^StateTransition$/, what: 'steps of state machines', per: million },
];

export const usageOf = (usage: string): Usage | undefined => USAGES.find(({ pattern }) => pattern.test(usage));

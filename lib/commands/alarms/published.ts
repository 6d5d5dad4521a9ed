/** What AWS, and the agent on the servers, publish: unit, dimensions, region, how often. Facts that templates must fit, from each service's own page of metrics. Not what is healthy. */
import type { Unit } from '../../../constructs/alerting/signal';
import { EDGE_REGION } from '../../config/edge-region';
import type { Metric } from './engine/model';

export interface Published {
  readonly unit: Unit | 'microseconds';
  /** Each event is a sample of 1, so that only Sum counts them. @default one sample a minute */
  readonly events?: true;
  /** Sets of dimension names under which it exists. */
  readonly dimensions: readonly string[];
  /** The only one that has it. @default the region of the resource in its dimensions */
  readonly region?: string;
  /** @default 1 */
  readonly everyMinutes?: number;
}

const BALANCER = ['LoadBalancer'];
const TARGETS = ['LoadBalancer TargetGroup', 'AvailabilityZone LoadBalancer TargetGroup'];
const GROUP = ['AutoScalingGroupName'];
const DATABASE = ['DBInstanceIdentifier'];
const NODE = ['CacheClusterId CacheNodeId'];
const QUEUE = ['QueueName'];
const GATEWAY = ['NatGatewayId'];
const VAULT = { unit: 'count', dimensions: ['BackupVaultName'], everyMinutes: 60 } as const;
const COUNTED = { unit: 'count', dimensions: [''] } as const;
const EDGE = { dimensions: ['DistributionId Region'], region: EDGE_REGION } as const;

/** By namespace and name. */
const PUBLISHED: Readonly<Record<string, Published>> = {
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
  'AWS/ApplicationELB RequestCount': { unit: 'count', events: true, dimensions: [...BALANCER, ...TARGETS] },
  'AWS/ApplicationELB TargetResponseTime': { unit: 'seconds', dimensions: [...BALANCER, ...TARGETS] },
  'AWS/ApplicationELB HTTPCode_ELB_5XX_Count': { unit: 'count', events: true, dimensions: BALANCER },
  'AWS/ApplicationELB HTTPCode_Target_5XX_Count': {
    unit: 'count',
    events: true,
    dimensions: [...BALANCER, ...TARGETS],
  },
  'AWS/ApplicationELB RejectedConnectionCount': { unit: 'count', events: true, dimensions: BALANCER },
  'AWS/ApplicationELB HealthyHostCount': { unit: 'count', dimensions: TARGETS },
  'AWS/ApplicationELB UnHealthyHostCount': { unit: 'count', dimensions: TARGETS },
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html, detailed monitoring
  'AWS/EC2 CPUUtilization': { unit: 'percent', dimensions: GROUP },
  // https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html
  'AWS/AutoScaling GroupInServiceInstances': { unit: 'count', dimensions: GROUP },
  'AWS/AutoScaling GroupDesiredCapacity': { unit: 'count', dimensions: GROUP },
  // app/server/amazon-cloudwatch-agent.json; the driver's counters only grow
  'Holdfast net_drop_in': { unit: 'count', dimensions: GROUP },
  'Holdfast net_drop_out': { unit: 'count', dimensions: GROUP },
  'Holdfast ethtool_bw_in_allowance_exceeded': { unit: 'count', dimensions: GROUP },
  'Holdfast ethtool_bw_out_allowance_exceeded': { unit: 'count', dimensions: GROUP },
  'Holdfast ethtool_pps_allowance_exceeded': { unit: 'count', dimensions: GROUP },
  'Holdfast ethtool_conntrack_allowance_exceeded': { unit: 'count', dimensions: GROUP },
  'Holdfast ethtool_linklocal_allowance_exceeded': { unit: 'count', dimensions: GROUP },
  'Holdfast mem_used_percent': { unit: 'percent', dimensions: GROUP },
  'Holdfast disk_used_percent': { unit: 'percent', dimensions: GROUP },
  'Holdfast cpu_usage_iowait': { unit: 'percent', dimensions: GROUP },
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
  'AWS/RDS CPUUtilization': { unit: 'percent', dimensions: DATABASE },
  'AWS/RDS DatabaseConnections': { unit: 'count', dimensions: DATABASE },
  'AWS/RDS FreeStorageSpace': { unit: 'bytes', dimensions: DATABASE },
  'AWS/RDS FreeableMemory': { unit: 'bytes', dimensions: DATABASE },
  'AWS/RDS ReplicaLag': { unit: 'seconds', dimensions: DATABASE },
  // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
  'AWS/ElastiCache DatabaseMemoryUsagePercentage': { unit: 'percent', dimensions: NODE },
  'AWS/ElastiCache CPUUtilization': { unit: 'percent', dimensions: NODE },
  'AWS/ElastiCache EngineCPUUtilization': { unit: 'percent', dimensions: NODE },
  'AWS/ElastiCache SuccessfulReadRequestLatency': { unit: 'microseconds', dimensions: NODE },
  'AWS/ElastiCache SuccessfulWriteRequestLatency': { unit: 'microseconds', dimensions: NODE },
  'AWS/ElastiCache Evictions': { unit: 'count', dimensions: NODE },
  'AWS/ElastiCache CurrConnections': { unit: 'count', dimensions: NODE },
  'AWS/ElastiCache CacheHits': { unit: 'count', dimensions: NODE },
  'AWS/ElastiCache CacheMisses': { unit: 'count', dimensions: NODE },
  'AWS/ElastiCache ReplicationLag': { unit: 'seconds', dimensions: NODE },
  // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
  'AWS/CloudFront Requests': { unit: 'count', events: true, ...EDGE },
  'AWS/CloudFront 5xxErrorRate': { unit: 'percent', ...EDGE },
  // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-cloudwatch.html
  'AWS/Route53 HealthCheckStatus': { unit: 'count', dimensions: ['HealthCheckId'], region: EDGE_REGION },
  // metric filters of our own log groups, in a namespace of their stack; app/backend/metrics/pool.ts
  'Holdfast-* SlowStatements': COUNTED,
  'Holdfast-* SiteCopyFailures': COUNTED,
  'Holdfast/Backend PoolWaiting': { unit: 'count', dimensions: ['Environment'] },
  // app/backend/jobs/outbox.ts, app/worker, lambda/alert-router
  'Holdfast/Jobs Workers': { unit: 'count', dimensions: ['Environment'] },
  'Holdfast/Jobs OutboxAge': { unit: 'seconds', dimensions: ['Environment'] },
  'Holdfast/Alerts ChannelFailures': { unit: 'count', dimensions: ['Environment'] },
  // lambda/probe/report.ts
  ...Object.fromEntries(
    [
      ...['Up', 'Replicas', 'SlowCommands', 'SlowStatements', 'Deadlocks', 'CertificateDays'].map((name) => [
        name,
        'count',
      ]),
      ...['LagBytes', 'Size'].map((name) => [name, 'bytes']),
      ['CacheHit', 'percent'],
      ['OldestTransaction', 'seconds'],
    ].map(([name, unit]) => [`Holdfast/Probes ${name}`, { unit: unit as Unit, dimensions: ['Environment Probe'] }]),
  ),
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
  'AWS/Lambda Errors': { unit: 'count', events: true, dimensions: ['FunctionName'] },
  'AWS/Lambda Invocations': { unit: 'count', events: true, dimensions: ['FunctionName'] },
  'AWS/Lambda AsyncEventAge': { unit: 'milliseconds', dimensions: ['FunctionName'] },
  'AWS/Lambda Throttles': { unit: 'count', events: true, dimensions: ['FunctionName'] },
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
  'AWS/SQS ApproximateAgeOfOldestMessage': { unit: 'seconds', dimensions: QUEUE },
  'AWS/SQS ApproximateNumberOfMessagesVisible': { unit: 'count', dimensions: QUEUE },
  // https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html
  'AWS/NATGateway ErrorPortAllocation': { unit: 'count', dimensions: GATEWAY },
  'AWS/NATGateway PacketsDropCount': { unit: 'count', dimensions: GATEWAY },
  // https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html: without Region for CloudFront's
  'AWS/WAFV2 BlockedRequests': { unit: 'count', events: true, dimensions: ['Rule WebACL', 'Region Rule WebACL'] },
  // https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
  'AWS/Backup NumberOfBackupJobsFailed': VAULT,
  'AWS/Backup NumberOfBackupJobsExpired': VAULT,
  'AWS/Backup NumberOfBackupJobsCompleted': VAULT,
  // https://docs.aws.amazon.com/codebuild/latest/userguide/cloudwatch_metrics-codebuild.html
  'AWS/CodeBuild SucceededBuilds': { unit: 'count', dimensions: ['ProjectName'], everyMinutes: 60 },
  // https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html: twice a day, looked at once
  'AWS/CertificateManager DaysToExpiry': { unit: 'count', dimensions: ['CertificateArn'], everyMinutes: 1440 },
};

export const publishedAs = ({ namespace, name }: Metric): Published | undefined =>
  PUBLISHED[`${namespace.startsWith('Holdfast-') ? 'Holdfast-*' : namespace} ${name}`];

/** Why nothing would ever be seen of `metric` in `region`; nothing when it exists there. `regionOf` gives a resource's. */
export function unseen(
  metric: Metric,
  region: string,
  regionOf: (key: string) => string | undefined,
): string | undefined {
  const { namespace, name, dimensions } = metric;
  const published = publishedAs(metric);
  if (!published) return undefined;
  const names = Object.keys(dimensions).sort().join(' ');
  if (!published.dimensions.includes(names))
    return `${namespace} ${name}: expected dimensions ${published.dimensions.join(' or ')}, got ${names}`;
  if (namespace === 'AWS/CloudFront' && dimensions.Region !== 'Global')
    return `${namespace} ${name}: expected dimension Region=Global, got ${dimensions.Region}`;
  const regions = published.region
    ? [published.region]
    : Object.values(dimensions).flatMap((key) => regionOf(key) ?? []);
  const wrong = regions.find((one) => one !== region);
  return wrong && `${namespace} ${name}: expected the alarm in ${wrong}, where the metric is, got ${region}`;
}

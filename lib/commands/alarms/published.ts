/** What AWS, and the agent on the servers, publish: unit, dimensions, region, how often. Facts that templates must fit, from each service's own page of metrics. Not what is healthy. */
import type { Unit } from '../../../constructs/alerting/signal';
import { EDGE_REGION } from '../../config/edge-region';
import type { Metric } from './engine/model';

export interface Published {
  readonly unit: Unit;
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
const EDGE = { dimensions: ['DistributionId Region'], region: EDGE_REGION } as const;

/** By namespace and name. */
export const PUBLISHED: Readonly<Record<string, Published>> = {
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
  // app/server/amazon-cloudwatch-agent.json
  'Holdfast mem_used_percent': { unit: 'percent', dimensions: GROUP },
  'Holdfast disk_used_percent': { unit: 'percent', dimensions: GROUP },
  'Holdfast cpu_usage_iowait': { unit: 'percent', dimensions: GROUP },
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
  'AWS/RDS CPUUtilization': { unit: 'percent', dimensions: DATABASE },
  'AWS/RDS DatabaseConnections': { unit: 'count', dimensions: DATABASE },
  'AWS/RDS FreeStorageSpace': { unit: 'bytes', dimensions: DATABASE },
  'AWS/RDS ReplicaLag': { unit: 'seconds', dimensions: DATABASE },
  // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
  'AWS/ElastiCache DatabaseMemoryUsagePercentage': { unit: 'percent', dimensions: NODE },
  'AWS/ElastiCache CPUUtilization': { unit: 'percent', dimensions: NODE },
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
  // https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html: twice a day, looked at once
  'AWS/CertificateManager DaysToExpiry': { unit: 'count', dimensions: ['CertificateArn'], everyMinutes: 1440 },
};

export const publishedAs = ({ namespace, name }: Metric): Published | undefined => PUBLISHED[`${namespace} ${name}`];

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

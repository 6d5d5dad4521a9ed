/** What CloudWatch has of the way between two databases, by the minute. Computes nothing. */
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { clientsOf, unlessSilent } from './clients';
import type { Place, Places } from './places';
import type { Replication } from './seen';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Metrics of health checks are there alone. */
const HEALTH_REGION = 'us-east-1';

interface Asked {
  readonly region: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimension: readonly [name: string, value: string];
  readonly stat: 'Minimum' | 'Maximum';
  readonly hours: number;
}

async function samples(asked: Asked, now: number): Promise<Replication['lag']> {
  const { region, namespace, metric, dimension, stat, hours } = asked;
  const [Name, Value] = dimension;
  const Metric = { Namespace: namespace, MetricName: metric, Dimensions: [{ Name, Value }] };
  const query = new GetMetricDataCommand({
    StartTime: new Date(Math.floor((now - hours * HOUR_MS) / MINUTE_MS) * MINUTE_MS),
    EndTime: new Date(now),
    ScanBy: 'TimestampAscending',
    MetricDataQueries: [{ Id: 'asked', MetricStat: { Metric, Period: 60, Stat: stat } }],
  });
  const answer = await unlessSilent(clientsOf(region).cloudWatch.send(query));
  const { Timestamps = [], Values = [] } = answer?.MetricDataResults?.[0] ?? {};
  return Timestamps.map((at, index) => ({ at: at.getTime(), value: Values[index] ?? 0 }));
}

const ofDatabase = ({ region, primary }: Place, metric: string, stat: Asked['stat']): Asked => ({
  region,
  namespace: 'AWS/RDS',
  metric,
  dimension: ['DBInstanceIdentifier', primary],
  stat,
  hours: 1,
});

/** @param to whose database follows */
export async function replication({ check }: Places, to: Place, from: Place, now: number): Promise<Replication> {
  const health = check && {
    region: HEALTH_REGION,
    namespace: 'AWS/Route53',
    metric: 'HealthCheckStatus',
    dimension: ['HealthCheckId', check] as const,
    stat: 'Maximum' as const, // of the minute in which it fell silent too
    hours: 24,
  };
  const [lag, behind, well] = await Promise.all([
    samples(ofDatabase(to, 'ReplicaLag', 'Maximum'), now),
    samples(ofDatabase(from, 'OldestReplicationSlotLag', 'Minimum'), now),
    health ? samples(health, now) : [],
  ]);
  return { lag, behind, wellAt: well.filter(({ value }) => value >= 1).at(-1)?.at };
}

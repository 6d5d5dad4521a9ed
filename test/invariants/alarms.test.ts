/** Rules for every alarm of every environment: who hears of it, what it says, and that its metric exists where it is looked for. */
import { existsSync } from 'node:fs';
import type { Located } from '../support/assemblies';
import { everywhere, of, type Rule, text, values } from '../support/rules';

const ALARMS = of('AWS::CloudWatch::Alarm');
const COMPOSITES = of('AWS::CloudWatch::CompositeAlarm');
const scales = ({ Properties }: { Properties?: Readonly<Record<string, unknown>> }) =>
  text(Properties?.AlarmActions).includes('Scaling');
/** Acts on the topic that nobody subscribes to: a composite alarm tells. */
const isPart = ({ Properties }: Located) => /TopicsParts/.test(text(Properties?.AlarmActions));
const TELLING = [...ALARMS, ...COMPOSITES].filter((alarm) => !scales(alarm) && !isPart(alarm));

/** Published in us-east-1 only. */
const GLOBAL = /"AWS\/(CloudFront|Route53)"/;
const using = (namespace: string | RegExp) => ALARMS.filter(({ Properties }) => text(Properties).match(namespace));

const RULES: readonly Rule[] = [
  [
    'every alarm tells a topic, and tells the same one of the recovery',
    TELLING,
    ({ Properties }) =>
      /Topics|RouterFailures/.test(text(Properties?.AlarmActions)) &&
      text(Properties?.AlarmActions) === text(Properties?.OKActions),
  ],
  [
    'every alarm names a runbook that exists and links the dashboard of its environment',
    TELLING,
    ({ Properties, environment }) => {
      const [, path = '', name] =
        /Runbook: (\S+\.md) Dashboard: https:\S+#dashboards\/dashboard\/(\S+)$/.exec(
          `${Properties?.AlarmDescription}`,
        ) ?? [];
      return existsSync(path) && name === `Holdfast-${environment}`;
    },
  ],
  [
    'every alarm says what silence means',
    ALARMS,
    ({ Properties }) => /^(missing|notBreaching|ignore)$/.test(`${Properties?.TreatMissingData}`),
  ],
  [
    'what must report tells of its silence, and only that',
    TELLING,
    ({ Properties }) =>
      text(Properties?.InsufficientDataActions) ===
      (Properties?.TreatMissingData === 'missing' ? text(Properties?.AlarmActions) : 'null'),
  ],
  [
    'every alarm looks for as many breaches as it has periods, or fewer',
    ALARMS,
    ({ Properties }) =>
      Number.isInteger(Properties?.EvaluationPeriods) &&
      Number(Properties?.DatapointsToAlarm ?? 1) <= Number(Properties?.EvaluationPeriods),
  ],
  [
    'metrics of CloudFront and Route 53 are looked for in us-east-1',
    using(GLOBAL),
    ({ region }) => region === 'us-east-1',
  ],
  [
    'metrics of CloudFront are looked for under Region=Global',
    using('"AWS/CloudFront"'),
    ({ Properties }) => {
      const regions = values(Properties).filter(
        ([, value]) => text(value) === text({ Name: 'Region', Value: 'Global' }),
      );
      return regions.length === text(Properties).match(/"AWS\/CloudFront"/g)?.length;
    },
  ],
  [
    'every alarm stands beside what it watches, so in the region of its metric',
    ALARMS,
    ({ Properties }) => !/Fn::(GetStackOutput|ImportValue)/.test(text(Properties?.Dimensions ?? Properties?.Metrics)),
  ],
  [
    'a share of requests has a minimum of traffic',
    ALARMS.filter(({ Properties }) => /Requests|RequestCount/.test(text(Properties?.Metrics))),
    ({ Properties }) => /"Expression":"IF\([^"]*> 20/.test(text(Properties?.Metrics)),
  ],
];

everywhere(RULES);

/** Alert of production · metric · the line it crosses, in the metric's own unit · what silence means. */
const CATALOGUE = [
  ['LatencyHigh', 'AWS/ApplicationELB TargetResponseTime', '> 1 s', 'notBreaching'],
  ['ErrorRateHigh', 'AWS/ApplicationELB HTTPCode_Target_5XX_Count', '> 5 %', 'notBreaching'],
  ['ErrorRateCritical', 'AWS/ApplicationELB HTTPCode_ELB_5XX_Count', '> 10 %', 'notBreaching'],
  ['NoHealthyServer', 'AWS/ApplicationELB HealthyHostCount', '< 1', 'missing'],
  ['UnhealthyServers', 'AWS/ApplicationELB UnHealthyHostCount', '> 0', 'notBreaching'],
  ['FleetCpuHigh', 'AWS/EC2 CPUUtilization', '> 80 %', 'notBreaching'],
  ['FleetMemoryHigh', 'Holdfast mem_used_percent', '> 85 %', 'missing'],
  ['FleetDiskHigh', 'Holdfast disk_used_percent', '> 85 %', 'notBreaching'],
  ['FleetIowaitHigh', 'Holdfast cpu_usage_iowait', '> 20 %', 'notBreaching'],
  ['DatabaseCpuHigh', 'AWS/RDS CPUUtilization', '> 80 %', 'missing'],
  ['DatabaseConnectionsHigh', 'AWS/RDS DatabaseConnections', '> 1441', 'notBreaching'],
  ['DatabaseStorageLow', 'AWS/RDS FreeStorageSpace', '< 16106127360 bytes', 'notBreaching'],
  ['ReplicaLagHigh', 'AWS/RDS ReplicaLag', '> 30 s', 'missing'],
  ['SessionMemoryHigh', 'AWS/ElastiCache DatabaseMemoryUsagePercentage', '> 80 %', 'missing'],
  ['SessionsEvicted', 'AWS/ElastiCache Evictions', '> 0', 'notBreaching'],
  ['SessionHitRateLow', 'AWS/ElastiCache CacheHits', '< 80 %', 'notBreaching'],
  ['SessionLagHigh', 'AWS/ElastiCache ReplicationLag', '> 1 s', 'notBreaching'],
  ['CertificateExpires', 'AWS/CertificateManager DaysToExpiry', '< 21 days', 'ignore'],
  ['EdgeErrorRateHigh', 'AWS/CloudFront 5xxErrorRate', '> 5 %', 'notBreaching'],
  ['SiteDown', 'AWS/Route53 HealthCheckStatus', '< 1', 'missing'],
  ['OriginDown', 'AWS/Route53 HealthCheckStatus', '< 1', 'missing'],
] as const;
const SIGN = { GreaterThanThreshold: '>', LessThanThreshold: '<' } as const;

it.each(CATALOGUE)('%s watches %s %s, and silence is %s', (alert, metric, line, silence) => {
  const [namespace, metricName] = metric.split(' ');
  const found = TELLING.filter(({ where }) => where.startsWith('prod/') && where.includes(`Alarms${alert}`));
  expect(found.length).toBeGreaterThan(0);
  for (const { Properties } of found) {
    expect(text(Properties)).toContain(`"MetricName":"${metricName}","Namespace":"${namespace}"`);
    const { ComparisonOperator, Threshold, TreatMissingData } = Properties as Readonly<Record<string, string>>;
    expect(`${SIGN[ComparisonOperator as keyof typeof SIGN]} ${Threshold}`).toBe(line.split(' ').slice(0, 2).join(' '));
    expect(TreatMissingData).toBe(silence);
  }
});

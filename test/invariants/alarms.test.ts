/** Rules for every alarm of every environment: who hears of it, what it says, and that its metric exists where it is looked for. */
import { existsSync } from 'node:fs';
import { ALERTS, type Row, rowOf } from '../../lib/alerts';
import { processAlerts } from '../../lib/alerts/process';
import type { Located } from '../support/assemblies';
import { everywhere, of, type Rule, referringTo, text, values } from '../support/rules';

const ALARMS = of('AWS::CloudWatch::Alarm');
const COMPOSITES = of('AWS::CloudWatch::CompositeAlarm');
const scales = ({ Properties }: { Properties?: Readonly<Record<string, unknown>> }) =>
  text(Properties?.AlarmActions).includes('Scaling');
/** Acts on the topic that nobody subscribes to: a composite alarm tells, or it only ends something. */
const isPart = ({ Properties }: Located) => /TopicsParts/.test(text(Properties?.AlarmActions));
const TELLING = [...ALARMS, ...COMPOSITES].filter((alarm) => !scales(alarm) && !isPart(alarm));

/** Published in us-east-1 only. */
const GLOBAL = /"AWS\/(CloudFront|Route53)"/;
const PARTS = ALARMS.filter(isPart);
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
    'what only a composite looks at is looked at by one, and tells nobody else',
    PARTS,
    (alarm) =>
      referringTo(alarm, 'AWS::CloudWatch::CompositeAlarm').length > 0 && alarm.Properties?.OKActions === undefined,
  ],
  [
    'every composite that tells looks at alarms of its own stack',
    COMPOSITES.filter((composite) => !isPart(composite)),
    ({ Properties }) =>
      /"Fn::GetAtt"/.test(text(Properties?.AlarmRule)) &&
      !/Fn::(ImportValue|GetStackOutput)/.test(text(Properties?.AlarmRule)),
  ],
  [
    'a symptom waits for its cause no longer than a minute, and stays quiet long enough for both to settle',
    COMPOSITES.filter(({ Properties }) => Properties?.ActionsSuppressor),
    ({ Properties }) =>
      Properties?.ActionsSuppressorWaitPeriod === 60 && Properties?.ActionsSuppressorExtensionPeriod === 300,
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
    ({ Properties }) =>
      Properties?.Namespace === 'AWS/Route53' || // published in us-east-1, wherever the check is made
      !/Fn::(GetStackOutput|ImportValue)/.test(text(Properties?.Dimensions ?? Properties?.Metrics)),
  ],
  [
    'a share, a percentile or a rate of errors has a minimum of traffic',
    using(/"AWS\/(ApplicationELB|CloudFront)"/).filter(({ Properties }) =>
      /"Expression":"IF|100 \*/.test(text(Properties)),
    ),
    ({ Properties }) => /"Expression":"IF\([^"]*>=? \d{2,}/.test(text(Properties?.Metrics)),
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
  ['StandbyLagHigh', 'AWS/RDS ReplicaLag', '> 60 s', 'missing'],
  ['SessionMemoryHigh', 'AWS/ElastiCache DatabaseMemoryUsagePercentage', '> 80 %', 'missing'],
  ['SessionsEvicted', 'AWS/ElastiCache Evictions', '> 0', 'notBreaching'],
  ['SessionHitRateLow', 'AWS/ElastiCache CacheHits', '< 80 %', 'notBreaching'],
  ['SessionLagHigh', 'AWS/ElastiCache ReplicationLag', '> 1 s', 'notBreaching'],
  ['CertificateExpires', 'AWS/CertificateManager DaysToExpiry', '< 21 days', 'ignore'],
  ['EdgeErrorRateHigh', 'AWS/CloudFront 5xxErrorRate', '> 5 %', 'notBreaching'],
  ['SiteDown', 'AWS/Route53 HealthCheckStatus', '< 1', 'missing'],
  ['OriginDown', 'AWS/Route53 HealthCheckStatus', '< 1', 'missing'],
  ['TrafficUnusual', 'AWS/ApplicationELB RequestCount', 'outside 4 deviations', 'notBreaching'],
  ['AvailabilityBurnsFastLong', 'AWS/ApplicationELB HTTPCode_Target_5XX_Count', '> 1.44 %', 'notBreaching'],
  ['AvailabilityBurnsFastShort', 'AWS/ApplicationELB HTTPCode_ELB_5XX_Count', '> 1.44 %', 'notBreaching'],
  ['AvailabilityBurnsSlowlyLong', 'AWS/ApplicationELB RequestCount', '> 0.6 %', 'notBreaching'],
  ['LatencyBurnsFastLong', 'AWS/ApplicationELB TargetResponseTime', '> 14.4 %', 'notBreaching'],
  ['LatencyBurnsSlowlyShort', 'AWS/ApplicationELB TargetResponseTime', '> 6 %', 'notBreaching'],
  ['FleetPacketsLost', 'Holdfast ethtool_pps_allowance_exceeded', '> 100', 'notBreaching'],
  ['FleetBelowMinimum', 'AWS/AutoScaling GroupInServiceInstances', '< 2', 'missing'],
  ['FleetAtMaximum', 'AWS/AutoScaling GroupDesiredCapacity', '> 9', 'notBreaching'],
  ['PoolExhausted', 'Holdfast/Backend PoolWaiting', '> 10', 'notBreaching'],
  ['SiteCopyFails', 'Holdfast-prod-Backend SiteCopyFailures', '> 0', 'notBreaching'],
  ['DatabaseMemoryLow', 'AWS/RDS FreeableMemory', '< 2576980378 bytes', 'notBreaching'],
  ['SessionLatencyHigh', 'AWS/ElastiCache SuccessfulReadRequestLatency', '> 10 ms', 'notBreaching'],
  ['SessionEngineBusy', 'AWS/ElastiCache EngineCPUUtilization', '> 80 %', 'notBreaching'],
  ['BackupFailed', 'AWS/Backup NumberOfBackupJobsFailed', '> 0', 'notBreaching'],
  ['BackupNotStarted', 'AWS/Backup NumberOfBackupJobsExpired', '> 0', 'notBreaching'],
  ['BackupMissing', 'AWS/Backup NumberOfBackupJobsCompleted', '< 1', 'missing'],
  ['NatPortsExhausted', 'AWS/NATGateway ErrorPortAllocation', '> 0', 'notBreaching'],
  ['NatPacketsDropped', 'AWS/NATGateway PacketsDropCount', '> 100', 'notBreaching'],
  ['FirewallBlocksMany', 'AWS/WAFV2 BlockedRequests', '> 500', 'notBreaching'],
  ['FunctionFails', 'AWS/Lambda Errors', '> 0', 'notBreaching'],
  ['FunctionThrottled', 'AWS/Lambda Throttles', '> 0', 'notBreaching'],
] as const;
const SIGN = {
  GreaterThanThreshold: '>',
  LessThanThreshold: '<',
  LessThanLowerOrGreaterThanUpperThreshold: 'outside',
} as const;

/** Has the first region's alarms once more, with lines of its own where it has fewer servers. */
const SECOND_REGION = /^prod\/\w+Recovery\/(?!StandbyAlarms)/;

it.each(CATALOGUE)('%s watches %s %s, and silence is %s', (alert, metric, line, silence) => {
  const [namespace, metricName] = metric.split(' ');
  const found = ALARMS.filter(
    ({ where }) => where.startsWith('prod/') && !SECOND_REGION.test(where) && where.includes(`Alarms${alert}`),
  );
  expect(found.length).toBeGreaterThan(0);
  for (const { Properties } of found) {
    expect(text(Properties)).toContain(`"MetricName":"${metricName}","Namespace":"${namespace}"`);
    const [, width] = /BAND\(\w+, ([\d.]+)\)/.exec(text(Properties)) ?? [];
    const { ComparisonOperator, Threshold = width, TreatMissingData } = Properties as Readonly<Record<string, string>>;
    expect(`${SIGN[ComparisonOperator as keyof typeof SIGN]} ${Threshold}`).toBe(line.split(' ').slice(0, 2).join(' '));
    expect(TreatMissingData).toBe(silence);
  }
});

/** Alert of production that tells only while its cause doesn't. */
const SILENCED = [
  ['LatencyHigh', 'NoHealthyServer'],
  ['ErrorRateHigh', 'ErrorRateCritical'],
  ['ErrorRateCritical', 'NoHealthyServer'],
  ['UnhealthyServers', 'NoHealthyServer'],
  ['TrafficUnusual', 'NoHealthyServer'],
  ['AvailabilityBurnsFast', 'ErrorRateCritical'],
  ['AvailabilityBurnsSlowly', 'AvailabilityBurnsFast'],
  ['LatencyBurnsFast', 'LatencyHigh'],
  ['LatencyBurnsSlowly', 'LatencyBurnsFast'],
] as const;

it.each(SILENCED)('%s keeps quiet while %s alarms', (symptom, cause) => {
  const [composite] = COMPOSITES.filter(({ where }) => new RegExp(`^prod/.*Alarms${symptom}[0-9A-F]{8}$`).test(where));
  expect(text(composite?.Properties?.ActionsSuppressor)).toMatch(new RegExp(`Alarms${cause}[0-9A-F]{8}"`));
});

const ROWS = Object.entries<Row>(ALERTS);

it('every alert that names its cause names one, and it explains itself by nothing that it explains', () => {
  const causes = ([name, row]: readonly [string, Row]): readonly string[] => {
    const chain = [name];
    for (let cause = row.silencedBy; cause; cause = rowOf(cause)?.silencedBy) {
      if (chain.includes(cause) || !rowOf(cause)) return [`${name} by ${cause}`];
      chain.push(cause);
    }
    return [];
  };
  expect(ROWS.flatMap(causes)).toEqual([]);
});

it('no alert that must report has a cause: its silence would tell nobody', () => {
  const mute = ROWS.filter(([, row]) => row.silencedBy && 'missingData' in row && row.missingData === 'missing');
  expect(mute).toEqual([]);
});

it('every alert of the catalogue is an alarm of some environment, or one of Prometheus', () => {
  const ids = [...ALARMS, ...COMPOSITES].map(({ where }) => where);
  const idle = ROWS.filter(([name]) => !(name in processAlerts) && !ids.some((id) => id.includes(`Alarms${name}`)));
  expect(idle.map(([name]) => name)).toEqual(['CdnDown', 'RegionDown']); // tiers that no environment shipped has
});

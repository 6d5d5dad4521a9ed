/** Alarms and mute rules out of an environment's synthesised stacks. Runs none. */
import { ConfigError } from '../../config/config-error';
import { ofType, type Resource, references, resourceAt, type Stack, text as textOf } from '../assembly';
import type { Missing, State } from './engine/evaluation';
import type { AnyAlarm, CompositeAlarm, Metric, MetricAlarm, Mute, Query, System } from './engine/model';
import { waits } from './promises';

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown) => (value ?? {}) as Fields;
const list = (value: unknown) => (value ?? []) as readonly unknown[];

/** A listener's reference holds its balancer's name, and CDK cuts that out. */
function meant(stacks: readonly Stack[], key: string): string {
  const resource = resourceAt(stacks, key);
  if (resource?.type !== 'AWS::ElasticLoadBalancingV2::Listener') return key;
  return references(stacks, resource.stack, resource.properties.LoadBalancerArn)[0] ?? key;
}

/** A name that CDK puts together of parts of one ARN is that resource's. */
function text(stacks: readonly Stack[], stack: Stack, value: unknown): string {
  const whole = textOf(stacks, stack, value, (key) => meant(stacks, key));
  const [first = '', ...others] = whole.split('/');
  return others.every((part) => part === first) ? first : whole;
}

/** What waits for a failover is judged as it will be after it, which enables its actions. */
function actions(
  stacks: readonly Stack[],
  { key, stack, properties }: Resource,
): Readonly<Record<State, readonly string[]>> {
  const of = (name: string) =>
    properties.ActionsEnabled === false && !waits(key)
      ? []
      : list(properties[name]).map((one) => text(stacks, stack, one));
  return { ALARM: of('AlarmActions'), OK: of('OKActions'), INSUFFICIENT_DATA: of('InsufficientDataActions') };
}

function metricAlarm(stacks: readonly Stack[], resource: Resource): MetricAlarm {
  const { key, stack, properties } = resource;
  if (properties.EvaluationWindow !== undefined)
    throw new ConfigError(
      `${key}: expected CloudWatch's sliding window, got an EvaluationWindow, which isn't evaluated here`,
    );
  const metric = (of: Fields, statistic: unknown): Metric => ({
    namespace: String(of.Namespace),
    name: String(of.MetricName),
    dimensions: Object.fromEntries(
      list(of.Dimensions)
        .map(fields)
        .map(({ Name, Value }) => [Name, text(stacks, stack, Value)]),
    ),
    statistic: String(statistic),
  });
  const given = list(properties.Metrics).map(fields);
  const queries: readonly Query[] =
    given.length === 0
      ? [{ id: 'metric', metric: metric(properties, properties.Statistic ?? properties.ExtendedStatistic) }]
      : given.map(({ Id, Expression, MetricStat }) => ({
          id: String(Id),
          ...(Expression === undefined
            ? { metric: metric(fields(fields(MetricStat).Metric), fields(MetricStat).Stat) }
            : { expression: String(Expression) }),
        }));
  const band = properties.ThresholdMetricId;
  const result = given.find(({ Id, ReturnData }) => ReturnData !== false && Id !== band);
  const period =
    properties.Period ?? given.map(({ MetricStat }) => fields(MetricStat).Period).find((one) => one !== undefined);
  const periods = Number(properties.EvaluationPeriods);
  return {
    kind: 'metric',
    key,
    region: stack.region,
    description: text(stacks, stack, properties.AlarmDescription),
    actions: actions(stacks, resource),
    queries,
    result: result ? String(result.Id) : 'metric',
    periodS: Number(period),
    comparison: String(properties.ComparisonOperator),
    threshold: band === undefined ? Number(properties.Threshold) : String(band),
    periods,
    toAlarm: Number(properties.DatapointsToAlarm ?? periods),
    missing: (properties.TreatMissingData ?? 'missing') as Missing,
    ignoresFewSamples: properties.EvaluateLowSampleCountPercentile === 'ignore',
  };
}

function compositeAlarm(stacks: readonly Stack[], resource: Resource): CompositeAlarm {
  const { key, stack, properties } = resource;
  return {
    kind: 'composite',
    key,
    region: stack.region,
    description: text(stacks, stack, properties.AlarmDescription),
    actions: actions(stacks, resource),
    rule: text(stacks, stack, properties.AlarmRule),
    ...(properties.ActionsSuppressor !== undefined && {
      suppressor: text(stacks, stack, properties.ActionsSuppressor),
    }),
    waitS: Number(properties.ActionsSuppressorWaitPeriod ?? 0),
    extensionS: Number(properties.ActionsSuppressorExtensionPeriod ?? 0),
  };
}

function mute(stacks: readonly Stack[], { stack, properties }: Resource): Mute {
  const { Expression, Duration, Timezone } = fields(fields(properties.Rule).Schedule);
  return {
    alarms: list(fields(properties.MuteTargets).AlarmNames).map((name) => text(stacks, stack, name)),
    schedule: {
      expression: String(Expression),
      duration: String(Duration),
      ...(Timezone !== undefined && { timezone: String(Timezone) }),
    },
  };
}

/** Tells nobody: a composite alarm that looks at it does. */
export const isPart = ({ actions }: AnyAlarm): boolean =>
  actions.ALARM.length > 0 && actions.ALARM.every((key) => /\.TopicsParts/.test(key));

/** Of a whole environment. */
export function systemOf(stacks: readonly Stack[]): System {
  const alarms: readonly AnyAlarm[] = [
    ...ofType(stacks, 'AWS::CloudWatch::Alarm').map((alarm) => metricAlarm(stacks, alarm)),
    ...ofType(stacks, 'AWS::CloudWatch::CompositeAlarm').map((alarm) => compositeAlarm(stacks, alarm)),
  ];
  return { alarms, mutes: ofType(stacks, 'AWS::CloudWatch::AlarmMuteRule').map((rule) => mute(stacks, rule)) };
}

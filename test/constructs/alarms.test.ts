/** Alarms made from rows of each kind. That the catalogue's own are right: test/invariants. */
import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import type { Alerts } from '../../constructs/alerting/alert';
import { signal } from '../../constructs/alerting/signal';
import { testAlerting, testStack } from '../support/stack';

const metric = (metricName: string, period = Duration.minutes(1)) =>
  new Metric({ namespace: 'Test', metricName, statistic: 'Sum', period });
const signals = {
  load: signal('percent', metric('Load')),
  nodes: signal('percent', metric('One'), metric('Two')),
  failed: signal('count', metric('Failed')),
  requests: signal('count', metric('Requests')),
};
type Rows = Alerts<typeof signals>;

const told = { severity: 'critical', runbook: 'balancer-errors', summary: 'It is so.' } as const;
const watched = { forMinutes: 5, missingData: 'notBreaching' } as const;
const line = { ...told, ...watched, comparison: 'above', threshold: 80, unit: 'percent' } as const;
const CAUSE = { ...line, signal: 'load' } as const;
const BURN = {
  ...told,
  kind: 'burnRate',
  bad: 'failed',
  total: 'requests',
  objective: 99.9,
  burn: 14.4,
  longMinutes: 60,
  shortMinutes: 5,
  minimum: 1200,
} as const;

function made(alerts: Rows, more: Partial<Alerting> = {}) {
  const stack = testStack();
  const alerting = { ...testAlerting(stack), ...more };
  const alarms = new Alarms(stack, 'Alarms', { signals, alerts, ...alerting });
  const template = Template.fromStack(stack);
  const { Resources } = template.toJSON();
  const id = (named: string) => Object.keys(Resources).find((key) => key.startsWith(`Alarms${named}`)) ?? '';
  // biome-ignore lint/suspicious/noExplicitAny: templates have no types
  const of = (named: string): any => Resources[id(named)]?.Properties;
  const topic = (named: string) => [{ Ref: Object.keys(Resources).find((key) => key.startsWith(named)) }];
  return { stack, alarms, of, id, topic, template };
}

describe('a threshold', () => {
  it('alarms for each metric, and tells of both ways', () => {
    const { of, topic } = made({ High: { ...line, signal: 'nodes' } });
    for (const name of ['High1', 'High2']) {
      expect(of(name)).toMatchObject({ AlarmActions: topic('Critical'), OKActions: topic('Critical') });
    }
  });

  it('tells nobody of missing data', () => {
    expect(made({ High: CAUSE }).of('High').InsufficientDataActions).toBeUndefined();
  });

  it('tells of a signal that stops, where it must report', () => {
    const { of, topic } = made({ High: { ...CAUSE, missingData: 'missing' } });
    expect(of('High')).toMatchObject({ TreatMissingData: 'missing', InsufficientDataActions: topic('Critical') });
  });
});

it('links its runbook where the repository reads in a browser', () => {
  expect(made({ High: CAUSE }, { repository: 'https://example.com/repository/' }).of('High').AlarmDescription).toBe(
    'High: It is so. Runbook: https://example.com/repository/docs/runbooks/balancer-errors.md Dashboard: https://console.example.com/dashboard',
  );
});

describe('an anomaly', () => {
  const row = { ...told, ...watched, kind: 'anomaly', signal: 'requests', outside: 'band', width: 3 } as const;

  it('leaves a band of so many standard deviations', () => {
    const { Metrics, ComparisonOperator, ThresholdMetricId } = made({ Odd: row }).of('Odd');
    expect(ComparisonOperator).toBe('LessThanLowerOrGreaterThanUpperThreshold');
    expect(Metrics.find(({ Id }: { Id: string }) => Id === ThresholdMetricId).Expression).toMatch(
      /^ANOMALY_DETECTION_BAND\(\w+, 3\)$/,
    );
  });

  it('takes another width from configuration', () => {
    expect(JSON.stringify(made({ Odd: row }, { thresholds: { Odd: 5 } }).of('Odd'))).toMatch(/BAND\(\w+, 5\)/);
  });
});

describe('a burn rate', () => {
  const { of, id, topic } = made({ Burns: BURN });

  it.each([
    ['BurnsLong', 3600, 1200],
    ['BurnsShort', 300, 100],
  ])('%s looks at %i s, and at no fewer than %i requests', (name, period, minimum) => {
    const { Metrics, Threshold } = of(name);
    expect(Threshold).toBeCloseTo(1.44);
    expect(Metrics[0].Expression).toBe(`IF(FILL(total, 0) >= ${minimum}, 100 * FILL(bad, 0) / total, 0)`);
    for (const { MetricStat } of Metrics.slice(1)) expect(MetricStat.Period).toBe(period);
  });

  it('tells when both windows burn, and its parts tell nobody', () => {
    const both = ['BurnsLong', 'BurnsShort'].map((name) => ({ 'Fn::GetAtt': [id(name), 'Arn'] }));
    const [long, short] = both;
    const composite = Object.values(made({ Burns: BURN }).template.findResources('AWS::CloudWatch::CompositeAlarm'))[0];
    expect(composite?.Properties).toMatchObject({
      AlarmRule: { 'Fn::Join': ['', ['(ALARM("', long, '") AND ALARM("', short, '"))']] },
      AlarmActions: topic('Critical'),
      OKActions: topic('Critical'),
    });
    expect(of('BurnsLong').AlarmActions).toEqual(topic('Parts'));
  });

  it('takes another objective from configuration', () => {
    expect(made({ Burns: BURN }, { thresholds: { Burns: 99 } }).of('BurnsLong').Threshold).toBeCloseTo(14.4);
  });
});

describe('a cause', () => {
  const composites = ({ template }: ReturnType<typeof made>) =>
    Object.values(template.findResources('AWS::CloudWatch::CompositeAlarm')).map(({ Properties }) => Properties);
  const symptom = { ...line, signal: 'nodes', silencedBy: 'Cause' } as const;

  it('silences its symptom while it alarms, and for as long as both take to settle', () => {
    const result = made({ Symptom: symptom, Cause: CAUSE });
    expect(composites(result)).toMatchObject([
      {
        ActionsSuppressor: { 'Fn::GetAtt': [result.id('Cause'), 'Arn'] },
        ActionsSuppressorWaitPeriod: 60,
        ActionsSuppressorExtensionPeriod: 300,
      },
    ]);
  });

  it('that is not there leaves the symptom to speak for itself', () => {
    const result = made({ Symptom: symptom });
    expect(composites(result)).toEqual([]);
    expect(result.of('Symptom1').AlarmActions).toEqual(result.topic('Critical'));
  });

  it('has one alarm, or it is refused', () => {
    expect(() => made({ Symptom: symptom, Cause: { ...line, signal: 'nodes' } })).toThrow(
      'Symptom.silencedBy: expected an alert with one alarm, got Cause with 2',
    );
  });
});

it('lets no composite alarm have the name that CDK gives it, the same in every environment', () => {
  const { template } = made({ Burns: BURN });
  for (const { Properties } of Object.values(template.findResources('AWS::CloudWatch::CompositeAlarm')))
    expect(Properties.AlarmName).toBeUndefined();
});

describe('maintenance', () => {
  it('mutes every alarm that tells, and no other', () => {
    const { template, id } = made(
      { Burns: BURN, High: CAUSE },
      { maintenance: [{ day: 'sun', at: '03:30', minutes: 90 }] },
    );
    const [rule] = Object.values(template.findResources('AWS::CloudWatch::AlarmMuteRule'));
    expect(rule?.Properties.Rule.Schedule).toEqual({
      Expression: 'cron(30 3 * * sun)',
      Duration: 'PT1H30M',
      Timezone: 'Etc/UTC',
    });
    expect(rule?.Properties.MuteTargets.AlarmNames).toHaveLength(2);
    expect(JSON.stringify(rule?.Properties.MuteTargets)).not.toContain(id('BurnsLong'));
  });

  it('makes no rule without a window', () => {
    made({ High: CAUSE }).template.resourceCountIs('AWS::CloudWatch::AlarmMuteRule', 0);
  });
});

it('makes nothing of a signal without metrics', () => {
  const stack = new Stack(testStack(), 'Inner');
  new Alarms(stack, 'Alarms', {
    signals: { none: signal('percent') },
    alerts: { High: { ...line, signal: 'none' } },
    ...testAlerting(stack),
  });
  Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Alarm', 0);
});

/** A dashboard of a few signals: every kind of alert, units, and what an environment lacks. */
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Row } from '../../constructs/alerting/alert';
import { signal } from '../../constructs/alerting/signal';
import { EnvironmentDashboard } from '../../constructs/dashboard/environment-dashboard';
import type { Graph } from '../../constructs/dashboard/section';
import { properties, testStack } from '../support/stack';

const metric = (metricName: string) => new Metric({ namespace: 'Test', metricName, period: Duration.minutes(1) });
const signals = {
  requests: signal('count', metric('Requests')),
  failed: signal('count', metric('Failed')),
  latency: signal('seconds', metric('Latency')),
  lag: signal('seconds'),
};
const told = { severity: 'critical', runbook: 'a-page', summary: 'Something is wrong.' } as const;

function body(
  graphs: readonly Graph[],
  alerts: Readonly<Record<string, Row>> = {},
  region = 'eu-west-1',
  services: readonly (string | undefined)[] = [undefined],
): string {
  const stack = testStack();
  new EnvironmentDashboard(stack, 'Dashboard', {
    dashboardName: 'Holdfast-test',
    heading: '# test',
    alarms: [],
    watched: services.map((service) => {
      const own = service ? { latency: signal('seconds', metric(`Latency of ${service}`)) } : {};
      return { signals: { ...signals, ...own }, alerts, thresholds: {}, region, service };
    }),
    sections: [{ title: 'Section', about: 'About it.', graphs }],
    runbook: (alert, runbook) => `[${alert}](${runbook})`,
    log: { title: 'Log', logGroupName: 'a-log', queryLines: ['fields @message'] },
  });
  const [dashboard] = properties(Template.fromStack(stack), 'AWS::CloudWatch::Dashboard');
  return JSON.stringify(dashboard.DashboardBody).replaceAll('\\', '');
}

it('draws what CloudWatch expects, where an alert is about leaving that', () => {
  const alerts: Record<string, Row> = {
    TrafficOdd: {
      ...told,
      kind: 'anomaly',
      signal: 'requests',
      outside: 'band',
      width: 3,
      forMinutes: 5,
      missingData: 'ignore',
    },
  };
  const drawn = body([{ title: 'Traffic', signals: { requests: 'requests' } }], alerts);
  expect(drawn).toMatch(/"label":"requests, usual","expression":"ANOMALY_DETECTION_BAND\(m\w+, 3\)"/);
});

it('draws how fast a budget burns, over both windows, and the line that is too fast', () => {
  const burn = {
    bad: 'failed',
    total: 'requests',
    objective: 99.9,
    burn: 14.4,
    longMinutes: 60,
    shortMinutes: 5,
    minimum: 100,
  };
  const drawn = body([], { BurnsFast: { ...told, kind: 'burnRate', ...burn } });
  expect(drawn).toContain('"label":"BurnsFast: above 1.44 %"');
  expect(drawn).toMatch(/"label":"burns fast 1".*"period":3600.*"label":"burns fast 2"/);
});

it('links the runbook of an alert that has no curve in its heading', () => {
  expect(body([], { Both: { ...told, kind: 'composite', of: 'all', alerts: [] } })).toContain(
    '# testnnRunbooks: [Both](a-page)',
  );
});

it('leaves out a graph whose signals have no metric here, and a section without graphs', () => {
  expect(body([{ title: 'Lag', signals: { lag: 'lag' } }])).not.toMatch(/Lag|Section/);
});

it('says in which region a metric is published, when that is another', () => {
  const graph = { title: 'Latency', signals: { latency: 'p95' } };
  expect(body([graph], {}, 'us-east-1')).toContain('"label":"p95","region":"us-east-1"');
  expect(body([graph])).not.toContain('"label":"p95","region"');
});

it('says whose a curve is, where several services have one', () => {
  const graph = { title: 'Latency', signals: { latency: 'p95' } };
  const drawn = body([graph], {}, 'eu-west-1', [undefined, 'search']);
  expect(drawn).toContain('"label":"p95"');
  expect(drawn).toContain('"label":"p95 of search"');
});

it('refuses signals of different units in one graph', () => {
  expect(() => body([{ title: 'Both', signals: { latency: 'latency', requests: 'requests' } }])).toThrow(
    'dashboard, Both: expected signals of one unit (seconds), got requests in count; give it a graph of its own',
  );
});

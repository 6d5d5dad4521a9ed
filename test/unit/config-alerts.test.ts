/** What configuration refuses of who hears of what, and of what watches: alerts, probes, logs, traces. */
import { dev } from '../../lib/config/dev';
import { probesOf } from '../../lib/config/probes';
import { prod } from '../../lib/config/prod';
import { faults } from '../support/faults';

const OPEN_SEARCH = 'arn:aws:es:eu-central-1:111111111111:domain/logs';

describe('a fault', () => {
  it.each([
    [
      'a route to a channel that is not set up',
      { ...dev, alerts: { ...dev.alerts, routes: { critical: ['slack'], warning: ['pagerDuty'], info: ['slack'] } } },
      '  alerts.routes.warning[0]: expected a channel that is set up in alerts.channels, got "pagerDuty"',
    ],
    [
      'channels of which none hears what is critical',
      { ...dev, alerts: { ...dev.alerts, channels: {} } },
      '  alerts.channels: expected at least one channel for what is critical, got {}',
    ],
    [
      'an override of no alert',
      { ...dev, alerts: { ...dev.alerts, thresholds: { Nothing: 1 } } },
      '  alerts.thresholds.Nothing: expected the name of an alert in lib/alerts, got "Nothing"',
    ],
    [
      'a threshold of a burn rate, which an objective has',
      { ...dev, alerts: { ...dev.alerts, thresholds: { LatencyBurnsFast: 1 } } },
      '  alerts.thresholds.LatencyBurnsFast: expected none: alerts.slo says what is good enough, got 1',
    ],
    [
      'a threshold of a composite',
      { ...dev, alerts: { ...dev.alerts, thresholds: { CapacityExhausted: 1 } } },
      '  alerts.thresholds.CapacityExhausted: expected none: it has the thresholds of its parts, got 1',
    ],
    [
      'a band without a width',
      { ...dev, alerts: { ...dev.alerts, thresholds: { TrafficUnusual: 0 } } },
      '  alerts.thresholds.TrafficUnusual: expected a width above 0, in standard deviations, got 0',
    ],
    [
      'an objective that leaves nothing to spend',
      { ...dev, alerts: { ...dev.alerts, slo: { availability: 100 } } },
      '  alerts.slo.availability: expected a percentage from 90 to 99.999, got 100',
    ],
    [
      'a window of maintenance at no time',
      { ...dev, alerts: { ...dev.alerts, maintenance: [{ at: '25:00', minutes: 60 }] } },
      '  alerts.maintenance[0].at: expected a time of day in UTC, such as \'03:30\', got "25:00"',
    ],
    [
      'unusual costs without a tag to find them by',
      { ...dev, tags: {}, alerts: { ...dev.alerts, costAnomalyUsd: 50 } },
      '  tags.environment: expected a value by which alerts.costAnomalyUsd finds the costs, got nothing',
    ],
    [
      'a domain for logs in another region',
      {
        ...dev,
        logs: { openSearch: { endpoint: 'https://logs.example.com', domainArn: OPEN_SEARCH } },
      },
      `  logs.openSearch.domainArn: expected a domain in eu-west-1, whose servers write to it, got "${OPEN_SEARCH}"`,
    ],
  ])('%s names its path, what was expected and what it got', (_, value, line) => {
    expect(faults(value).split('\n')).toEqual(["lib/config/x.ts can't be used:", line]);
  });
});

it.each([
  [{ tracing: { sampleRate: 0 } }, 'tracing.sampleRate: expected a share from 0.001 to 1, got 0'],
  [{ metrics: { prometheus: 'yes' } }, 'metrics.prometheus: expected true or false, got "yes"'],
  [
    { errorTracker: { dsnSecretArn: 'https://key@host/1' } },
    "errorTracker.dsnSecretArn: expected a secret's complete ARN",
  ],
])('names the fault of %j', (part, fault) => {
  expect(faults({ ...prod, ...part })).toContain(fault);
});

describe('probes', () => {
  it('look from the second region, or from us-east-1 where there is none', () => {
    expect(probesOf(prod).uptime.region).toBe('eu-central-1');
    expect(probesOf(dev).uptime.region).toBe('us-east-1');
  });

  it('look from no region whose alarms nobody hears', () => {
    const from = (region: string) => ({ ...prod, probes: { uptime: { region } } });
    expect(faults(from('ap-south-1'))).toContain(
      '  probes.uptime.region: expected one of us-east-1, eu-central-1, got "ap-south-1"',
    );
    expect(faults(from('us-east-1'))).toBe('');
  });
});

/** When somebody hears about the backend's processes, by what only they know: alerts of Prometheus, where `metrics.prometheus` is on. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { Signal } from '../../constructs/alerting/signal';
import type { OWN } from '../prometheus/queries';

type Own = { readonly [Name in keyof typeof OWN]: Signal<(typeof OWN)[Name]['unit']> };

export const processAlerts = {
  ProcessDown: {
    signal: 'processesDown',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 5,
    severity: 'warning',
    missingData: 'missing',
    runbook: 'process-down',
    summary: 'A process of the backend has not answered its scrape for 5 minutes, or none reports any more.',
  },
  ProcessRestarts: {
    signal: 'processRestarts',
    comparison: 'above',
    threshold: 3,
    unit: 'count',
    forMinutes: 2,
    severity: 'critical',
    missingData: 'notBreaching',
    runbook: 'process-restarts',
    summary: 'A process of the backend has started more than three times in 10 minutes.',
  },
  EventLoopLagHigh: {
    signal: 'eventLoopLag',
    comparison: 'above',
    threshold: 0.2,
    unit: 'seconds',
    forMinutes: 5,
    datapoints: 3,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'process-event-loop',
    summary: 'A process has answered late by more than 200 ms; at 250 ms it refuses requests.',
  },
  RequestsUncounted: {
    signal: 'uncountedRequests',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 3,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'process-redis',
    summary: 'Redis does not answer the backend: requests pass the rate limit uncounted, and logins fail.',
  },
  CacheHitRateLow: {
    signal: 'cacheHitRate',
    comparison: 'below',
    threshold: 50,
    unit: 'percent',
    forMinutes: 15,
    datapoints: 10,
    severity: 'info',
    missingData: 'notBreaching',
    runbook: 'process-cache',
    summary: 'Fewer than half of the look-ups find what they want in the cache; the rest goes to the database.',
  },
  LoginsWaiting: {
    signal: 'passwordHashesWaiting',
    comparison: 'above',
    threshold: 12,
    unit: 'count',
    forMinutes: 5,
    datapoints: 3,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'process-logins',
    summary: 'More than 12 logins wait for their password hash in one process; from 16 on they are refused.',
  },
} as const satisfies Alerts<Own>;

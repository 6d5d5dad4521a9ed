/** When somebody hears about the alert router: by mail, past the router itself. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { AlertRouter } from '../../constructs/alerting/router';

export const routerAlerts = {
  AlertsNotTakenIn: {
    signal: 'routerDeadLetters',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 5,
    severity: 'critical',
    missingData: 'notBreaching',
    runbook: 'alert-router-failing',
    summary: 'Alerts were put aside that the router could not take in: nobody was told of them.',
  },
  AlertRouterFailing: {
    signal: 'routerErrors',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 15,
    datapoints: 2,
    severity: 'critical',
    missingData: 'notBreaching',
    runbook: 'alert-router-failing',
    summary: 'The alert router fails: alerts come late or not at all.',
  },
  AlertsLate: {
    signal: 'routerBacklog',
    comparison: 'above',
    threshold: 300,
    unit: 'seconds',
    forMinutes: 10,
    severity: 'critical',
    missingData: 'notBreaching',
    runbook: 'alert-router-failing',
    summary: 'An alert has waited for the router for more than 5 minutes.',
  },
  AlertChannelDown: {
    signal: 'channelFailures',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 10,
    datapoints: 1,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'alert-channel-down',
    summary: 'A channel could not be told of an alert; other channels were.',
  },
} as const satisfies Alerts<AlertRouter['signals']>;

/** When somebody hears about Lambda functions. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { Functions } from '../../constructs/alerting/functions';

export const functionAlerts = {
  FunctionFails: {
    signal: 'functionErrors',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 5,
    datapoints: 2,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'function-errors',
    summary: 'A function has failed or run out of time twice in 5 minutes.',
  },
  FunctionThrottled: {
    signal: 'functionThrottles',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 5,
    datapoints: 2,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'function-throttles',
    summary: "A function's calls are refused: it, or the account, runs as many at once as it may.",
  },
} as const satisfies Alerts<Functions['signals']>;

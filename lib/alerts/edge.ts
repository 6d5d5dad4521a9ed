/** When somebody hears about the edge. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { Site } from '../../constructs/edge/site';

export const edgeAlerts = {
  EdgeErrorRateHigh: {
    signal: 'edgeErrorRate',
    comparison: 'above',
    threshold: 5,
    unit: 'percent',
    forMinutes: 5,
    datapoints: 3,
    severity: 'critical',
    missingData: 'notBreaching',
    runbook: 'edge-errors',
    summary: 'CloudFront answers more than 5 % of the requests with a server error.',
  },
} as const satisfies Alerts<Site['signals']>;

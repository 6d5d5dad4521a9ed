/** When somebody hears about the names. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { PublicNames } from '../../constructs/dns/public-names';

export const dnsAlerts = {
  SiteDown: {
    signal: 'siteHealth',
    comparison: 'below',
    threshold: 1,
    unit: 'count',
    forMinutes: 2,
    severity: 'critical',
    missingData: 'breaching',
    runbook: 'dns-site-down',
    summary: 'The site fails its health checks from around the world; names lead to the balancer now.',
  },
  OriginDown: {
    signal: 'originHealth',
    comparison: 'below',
    threshold: 1,
    unit: 'count',
    forMinutes: 2,
    severity: 'critical',
    missingData: 'breaching',
    runbook: 'dns-origin-down',
    summary: 'The balancer fails its health checks: there is nothing to fail over to.',
  },
} as const satisfies Alerts<PublicNames['signals']>;

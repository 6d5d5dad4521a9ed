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
    missingData: 'missing',
    runbook: 'dns-site-down',
    summary: 'The site fails its health checks from around the world; DNS leads to the next tier now, if there is one.',
  },
  OriginDown: {
    signal: 'originHealth',
    comparison: 'below',
    threshold: 1,
    unit: 'count',
    forMinutes: 2,
    severity: 'critical',
    missingData: 'missing',
    runbook: 'dns-origin-down',
    summary: 'The balancer fails its health checks: one tier less stands behind CloudFront.',
  },
  CdnDown: {
    signal: 'cdnHealth',
    comparison: 'below',
    threshold: 1,
    unit: 'count',
    forMinutes: 2,
    severity: 'warning',
    missingData: 'missing',
    runbook: 'dns-cdn-down',
    summary: 'The other CDN fails its health checks: one tier less stands behind CloudFront.',
  },
  RegionDown: {
    signal: 'regionHealth',
    comparison: 'below',
    threshold: 1,
    unit: 'count',
    forMinutes: 2,
    severity: 'warning',
    missingData: 'missing',
    runbook: 'dns-region-down',
    summary: 'The second region fails its health checks: one tier less stands behind CloudFront.',
  },
} as const satisfies Alerts<PublicNames['signals']>;

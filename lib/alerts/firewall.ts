/** When somebody hears about the firewall. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { WebAcl } from '../../constructs/edge/web-acl';

export const firewallAlerts = {
  FirewallBlocksMany: {
    signal: 'firewallBlocks',
    comparison: 'above',
    threshold: 500,
    unit: 'count',
    forMinutes: 10,
    datapoints: 5,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'firewall-blocks',
    summary: 'The firewall blocks more than 500 requests a minute: an attack, or a rule that hits visitors.',
  },
} as const satisfies Alerts<WebAcl['signals']>;

/** When somebody hears about certificates. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { ExpiringCertificate } from '../../constructs/alerting/certificate';

export const certificateAlerts = {
  CertificateExpires: {
    signal: 'certificateDaysLeft',
    comparison: 'below',
    threshold: 21,
    unit: 'count',
    forMinutes: 1440,
    severity: 'critical',
    missingData: 'ignore',
    runbook: 'certificate-expiry',
    summary: 'A certificate ends in less than three weeks; its renewal has failed.',
  },
} as const satisfies Alerts<ExpiringCertificate['signals']>;

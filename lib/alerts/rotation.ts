/** When somebody hears about the rotation of secrets. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { rotationSignals } from '../../constructs/security/rotation';

export const rotationAlerts = {
  SecretRotationFailed: {
    signal: 'rotationErrors',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 15,
    datapoints: 1,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'secret-rotation',
    summary: 'A secret could not be replaced; the one in use is still good.',
  },
} as const satisfies Alerts<ReturnType<typeof rotationSignals>>;

/** When somebody hears about the database that waits in the second region. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { PostgresStandby } from '../../constructs/database/standby';

export const standbyAlerts = {
  StandbyLagHigh: {
    signal: 'standbyLag',
    comparison: 'above',
    threshold: 60,
    unit: 'seconds',
    forMinutes: 5,
    severity: 'warning',
    missingData: 'missing',
    runbook: 'standby-lag',
    summary:
      'The database of the second region has been behind by more than a failover may lose for 5 minutes, or reports nothing.',
  },
} as const satisfies Alerts<PostgresStandby['signals']>;

/** When somebody hears about the database. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { Postgres } from '../../constructs/database/postgres';

export const databaseAlerts = {
  DatabaseCpuHigh: {
    signal: 'databaseCpu',
    comparison: 'above',
    threshold: 80,
    unit: 'percent',
    forMinutes: 10,
    severity: 'warning',
    missingData: 'missing',
    runbook: 'database-cpu',
    summary: 'The primary has been above 80 % CPU for 10 minutes.',
  },
  DatabaseConnectionsHigh: {
    signal: 'databaseConnections',
    comparison: 'above',
    threshold: 80,
    unit: 'count',
    forMinutes: 5,
    severity: 'critical',
    missingData: 'notBreaching',
    runbook: 'database-connections',
    summary: 'The primary uses more than 80 % of the connections its class takes; the next ones are refused soon.',
  },
  DatabaseStorageLow: {
    signal: 'databaseFreeStorage',
    comparison: 'below',
    threshold: 5000000000,
    unit: 'bytes',
    forMinutes: 5,
    severity: 'critical',
    missingData: 'notBreaching',
    runbook: 'database-storage',
    summary: 'Less than 15 % of the storage is free; a full database stops.',
  },
  ReplicaLagHigh: {
    signal: 'replicaLag',
    comparison: 'above',
    threshold: 30,
    unit: 'seconds',
    forMinutes: 5,
    severity: 'warning',
    missingData: 'missing',
    runbook: 'database-replica-lag',
    summary: 'A read replica has been more than 30 s behind for 5 minutes; users may read old data.',
  },
} as const satisfies Alerts<Postgres['signals']>;

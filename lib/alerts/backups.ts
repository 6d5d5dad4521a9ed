/** When somebody hears about backups. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { BackupJobs } from '../../constructs/alerting/backup-jobs';
import type { DatabaseDump } from '../../constructs/backup/database-dump';

export const backupAlerts = {
  BackupFailed: {
    signal: 'backupsFailed',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 60,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'backup-failed',
    summary: 'A backup of the database failed; the one before is still there.',
  },
  BackupNotStarted: {
    signal: 'backupsExpired',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 60,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'backup-failed',
    summary: 'A backup of the database could not begin in its hour; the one before is still there.',
  },
  BackupMissing: {
    signal: 'backupsCompleted',
    comparison: 'below',
    threshold: 1,
    unit: 'count',
    forMinutes: 1740,
    severity: 'warning',
    missingData: 'missing',
    runbook: 'backup-failed',
    summary: 'No backup of the database was completed for 29 hours: a lost day would stay lost.',
  },
} as const satisfies Alerts<BackupJobs['signals']>;

export const dumpAlerts = {
  DumpMissing: {
    signal: 'dumpsCompleted',
    comparison: 'below',
    threshold: 1,
    unit: 'count',
    forMinutes: 1740,
    severity: 'warning',
    missingData: 'missing',
    runbook: 'backup-failed',
    summary: 'No dump of the database was completed for 29 hours; the backups are not concerned.',
  },
} as const satisfies Alerts<DatabaseDump['signals']>;

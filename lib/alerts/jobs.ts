/** When somebody hears about who does the jobs, and about those that never reach the queue. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { JobReports } from '../../constructs/jobs/job-reports';

export const jobAlerts = {
  NoWorker: {
    signal: 'workers',
    comparison: 'below',
    threshold: 1,
    unit: 'count',
    forMinutes: 10,
    severity: 'critical',
    missingData: 'missing',
    runbook: 'no-worker',
    summary: 'No worker has reported for 10 minutes: jobs wait.',
  },
  OutboxOld: {
    signal: 'outboxAge',
    comparison: 'above',
    threshold: 300,
    unit: 'seconds',
    forMinutes: 5,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'outbox-old',
    summary: 'A job has been waiting in the database for more than 5 minutes: it cannot be sent to the queue.',
  },
} as const satisfies Alerts<JobReports['signals']>;

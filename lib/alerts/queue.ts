/** When somebody hears about the queue of jobs. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { JobQueue } from '../../constructs/jobs/job-queue';

export const queueAlerts = {
  JobsOld: {
    signal: 'queueAge',
    comparison: 'above',
    threshold: 300,
    unit: 'seconds',
    forMinutes: 5,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'jobs-old',
    summary: 'A job has been waiting for more than 5 minutes.',
  },
  JobsLost: {
    signal: 'queueAge',
    comparison: 'above',
    threshold: 86_400,
    unit: 'seconds',
    forMinutes: 5,
    severity: 'critical',
    missingData: 'notBreaching',
    runbook: 'jobs-old',
    summary: 'A job has been waiting for more than a day; after four days the queue throws it away.',
  },
  JobsMany: {
    signal: 'queueDepth',
    comparison: 'above',
    threshold: 1000,
    unit: 'count',
    forMinutes: 15,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'jobs-many',
    summary: 'More than 1,000 jobs have been waiting for 15 minutes: more come than are done.',
  },
  DeadLetters: {
    signal: 'deadLetters',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 1,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'dead-letters',
    summary: 'A job failed five times and is kept among the dead letters for 14 days.',
  },
} as const satisfies Alerts<JobQueue['signals']>;

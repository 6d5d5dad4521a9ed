/** When somebody hears of what the probes found, and of probes that find nothing any more. */
import type { Alerts } from '../../constructs/alerting/alert';
import type { PostgresProbe } from '../../constructs/probes/postgres-probe';
import type { RedisProbe } from '../../constructs/probes/redis-probe';
import type { UptimeProbe } from '../../constructs/probes/uptime-probe';

/** A probe counts its runs, and only silence alarms: none before its first run, since what never was can't stop. */
const SILENT = {
  comparison: 'below',
  threshold: 1,
  unit: 'count',
  forMinutes: 5,
  severity: 'warning',
  missingData: 'missing',
  runbook: 'probe-silent',
} as const;

/** What is looked at once a minute and answers with 1 or 0. Twice of three: a single failure may be the network's. */
const FAILED = {
  comparison: 'below',
  threshold: 1,
  unit: 'count',
  forMinutes: 3,
  datapoints: 2,
  severity: 'critical',
  missingData: 'notBreaching',
} as const;

export const uptimeAlerts = {
  UptimeFailed: {
    ...FAILED,
    signal: 'siteAnswers',
    runbook: 'uptime-failed',
    summary: 'From another region name, certificate, page, health or login failed twice in three minutes.',
  },
  UptimeProbeSilent: {
    ...SILENT,
    signal: 'uptimeProbeRuns',
    summary: 'The uptime probe has told nothing for 5 minutes: nobody watches the site from outside.',
  },
  ShownCertificateExpires: {
    signal: 'shownCertificateDays',
    comparison: 'below',
    threshold: 14,
    unit: 'count',
    forMinutes: 5,
    severity: 'critical',
    missingData: 'notBreaching',
    runbook: 'certificate-expiry',
    summary: 'The certificate that visitors are shown ends in less than two weeks.',
  },
} as const satisfies Alerts<UptimeProbe['signals']>;

export const sessionProbeAlerts = {
  SessionsUnreachable: {
    ...FAILED,
    signal: 'sessionAnswers',
    runbook: 'sessions-unreachable',
    summary: 'A primary of the session store did not answer twice in three minutes: nobody can log in.',
  },
  SessionProbeSilent: {
    ...SILENT,
    signal: 'sessionProbeRuns',
    summary: 'The probe of the session store has told nothing for 5 minutes.',
  },
  SessionLagBytesHigh: {
    signal: 'sessionLagBytes',
    comparison: 'above',
    threshold: 1048576,
    unit: 'bytes',
    forMinutes: 5,
    datapoints: 3,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'sessions-lag',
    summary: 'A replica lacks more than 1 MB of what its primary wrote; a failover now would lose it.',
  },
  SessionReplicasMissing: {
    signal: 'sessionReplicas',
    comparison: 'below',
    threshold: 1,
    unit: 'count',
    forMinutes: 15,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'sessions-replica-missing',
    summary: 'A primary has had fewer replicas than configured for 15 minutes: less stands behind it.',
  },
  SessionSlowCommands: {
    signal: 'sessionSlowCommands',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 5,
    datapoints: 3,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'sessions-slow-commands',
    summary: 'Commands take longer than 10 ms, in three of five minutes: every other client waits for each.',
  },
} as const satisfies Alerts<RedisProbe['signals']>;

export const databaseProbeAlerts = {
  DatabaseUnreachable: {
    ...FAILED,
    signal: 'databaseAnswers',
    runbook: 'database-unreachable',
    summary: 'The primary did not answer, or took no writes, twice in three minutes.',
  },
  DatabaseProbeSilent: {
    ...SILENT,
    signal: 'databaseProbeRuns',
    summary: 'The probe of the database has told nothing for 5 minutes.',
  },
  DatabaseCacheHitLow: {
    signal: 'databaseCacheHit',
    comparison: 'below',
    threshold: 99,
    unit: 'percent',
    forMinutes: 15,
    datapoints: 10,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'database-cache-hit',
    summary: 'Less than 99 % of the blocks asked for were in memory, in ten of 15 minutes: the rest came from disk.',
  },
  DatabaseSlowStatements: {
    signal: 'databaseSlowStatements',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 10,
    datapoints: 5,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'database-slow-statements',
    summary: 'Statements took longer than a second on average, in five of ten minutes.',
  },
  DatabaseSizeHigh: {
    signal: 'databaseSize',
    comparison: 'above',
    threshold: 51539607552,
    unit: 'bytes',
    forMinutes: 15,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'database-size',
    summary: 'The data fills 80 % of what its storage may grow to.',
  },
  DatabaseTransactionOld: {
    signal: 'databaseOldestTransaction',
    comparison: 'above',
    threshold: 900,
    unit: 'seconds',
    forMinutes: 5,
    severity: 'warning',
    missingData: 'notBreaching',
    runbook: 'database-old-transaction',
    summary:
      'A transaction has been open for more than 15 minutes: its locks stay, and no row it may see is cleaned up.',
  },
  DatabaseDeadlocks: {
    signal: 'databaseDeadlocks',
    comparison: 'above',
    threshold: 0,
    unit: 'count',
    forMinutes: 15,
    datapoints: 3,
    severity: 'info',
    missingData: 'notBreaching',
    runbook: 'database-deadlocks',
    summary: 'Transactions waited for each other, in three of 15 minutes, and PostgreSQL ended one each time.',
  },
} as const satisfies Alerts<PostgresProbe['signals']>;

/** The events of AWS that somebody hears of: what EventBridge looks for, and what they mean. Data; the rules are made from it, and so is the text. */
import type { Severity } from '../environment';

type Detail = Readonly<Record<string, unknown>>;

export interface EventKind {
  readonly source: string;
  /** What the event's kind is called, and what it makes of the incident: an open one is closed by a later event about the same thing. */
  readonly types: Readonly<Record<string, 'firing' | 'ok' | 'notice'>>;
  /** Of the details, what else must match, as EventBridge writes it. @default nothing */
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly severity: Severity;
  readonly title: string;
  /** One sentence from the event's details. */
  readonly summary: (detail: Detail) => string;
  /** Another state than the kind's. @default that of `types` */
  readonly state?: (detail: Detail) => 'firing' | 'ok' | 'notice';
  /** File name in docs/runbooks. @default none: nothing is to be done */
  readonly runbook?: string;
}

const said = (detail: Detail, name: string) => `${detail[name] ?? ''}`;
const status = (detail: Detail) => said((detail['status-details'] ?? {}) as Detail, 'status');
const reason = (detail: Detail) => said((detail['status-details'] ?? {}) as Detail, 'status-reason');
const latest = ({ eventDescription }: Detail) =>
  (eventDescription as readonly { latestDescription?: string }[] | undefined)?.[0]?.latestDescription ?? '';

const REFRESH = 'EC2 Auto Scaling Instance Refresh';
const STACK = 'CloudFormation Stack Status Change';
const FAILED = ['CREATE_FAILED', 'DELETE_FAILED', 'UPDATE_FAILED'].concat(
  ['ROLLBACK', 'UPDATE_ROLLBACK'].flatMap((each) => [`${each}_COMPLETE`, `${each}_FAILED`]),
);
const rds = { source: 'aws.rds', types: { 'RDS DB Instance Event': 'notice' } } as const;
const message = (detail: Detail) => `${said(detail, 'SourceIdentifier')}: ${said(detail, 'Message')}`;

/** By name: each becomes a rule beside what it is about. */
export const EVENT_KINDS = {
  DatabaseFailover: {
    ...rds,
    detail: { EventCategories: ['failover', 'failure', 'low storage', 'recovery', 'read replica'] },
    severity: 'warning',
    title: 'Database event',
    summary: message,
    runbook: 'database-event',
  },
  DatabaseMaintenance: {
    ...rds,
    detail: { EventCategories: ['maintenance', 'availability', 'configuration change'] },
    severity: 'info',
    title: 'Database maintenance',
    summary: message,
  },
  FleetRefreshFailed: {
    source: 'aws.autoscaling',
    types: { [`${REFRESH} Failed`]: 'firing', [`${REFRESH} Succeeded`]: 'ok' },
    severity: 'warning',
    title: 'Instance refresh failed',
    summary: (detail) => `The servers of ${said(detail, 'AutoScalingGroupName')} could not be replaced.`,
    runbook: 'fleet-refresh-failed',
  },
  FleetRefresh: {
    source: 'aws.autoscaling',
    types: { [`${REFRESH} Started`]: 'firing', [`${REFRESH} Succeeded`]: 'ok', [`${REFRESH} Cancelled`]: 'ok' },
    severity: 'info',
    title: 'Instance refresh',
    summary: (detail) => `The servers of ${said(detail, 'AutoScalingGroupName')} are being replaced.`,
  },
  CertificateExpires: {
    source: 'aws.acm',
    types: {
      'ACM Certificate Approaching Expiration': 'firing',
      'ACM Certificate Renewal Action Required': 'firing',
      'ACM Certificate Expired': 'firing',
      'ACM Certificate Available': 'ok',
    },
    severity: 'warning',
    title: 'Certificate',
    summary: (detail) =>
      `The certificate of ${said(detail, 'CommonName') || said(detail, 'DomainName')} needs somebody${
        'DaysToExpiry' in detail ? `: it ends in ${said(detail, 'DaysToExpiry')} days` : ''
      }.`,
    runbook: 'certificate-expiry',
  },
  BackupFailed: {
    source: 'aws.backup',
    types: { 'Backup Job State Change': 'notice', 'Copy Job State Change': 'notice' },
    detail: { state: ['FAILED', 'ABORTED', 'EXPIRED', 'PARTIAL'] },
    severity: 'warning',
    title: 'Backup failed',
    summary: (detail) =>
      `${said(detail, 'resourceType')} backup ${said(detail, 'state')}: ${said(detail, 'statusMessage')}`,
    runbook: 'backup-failed',
  },
  HealthIssue: {
    source: 'aws.health',
    types: { 'AWS Health Event': 'firing' },
    detail: { eventTypeCategory: ['issue'] },
    severity: 'warning',
    title: 'AWS Health issue',
    summary: (detail) => `${said(detail, 'eventTypeCode')}: ${latest(detail)}`,
    state: ({ statusCode }) => (statusCode === 'closed' ? 'ok' : 'firing'),
    runbook: 'aws-health',
  },
  HealthChange: {
    source: 'aws.health',
    types: { 'AWS Health Event': 'notice' },
    detail: { eventTypeCategory: ['scheduledChange', 'accountNotification'] },
    severity: 'info',
    title: 'AWS announces a change',
    summary: (detail) => `${said(detail, 'eventTypeCode')}: ${latest(detail)}`,
  },
  DeploymentFailed: {
    source: 'aws.cloudformation',
    types: { [STACK]: 'firing' },
    detail: { 'status-details': { status: [...FAILED, 'CREATE_COMPLETE', 'UPDATE_COMPLETE'] } },
    severity: 'warning',
    title: 'Deployment failed',
    summary: (detail) => `${status(detail)}. ${reason(detail)}`,
    state: (detail) => (/^(CREATE|UPDATE)_COMPLETE$/.test(status(detail)) ? 'ok' : 'firing'),
    runbook: 'deployment-failed',
  },
  Deployment: {
    source: 'aws.cloudformation',
    types: { [STACK]: 'firing' },
    severity: 'info',
    title: 'Deployment',
    summary: (detail) => `${status(detail)}.`,
    state: (detail) => (status(detail).endsWith('_IN_PROGRESS') ? 'firing' : 'ok'),
  },
} as const satisfies Readonly<Record<string, EventKind>>;

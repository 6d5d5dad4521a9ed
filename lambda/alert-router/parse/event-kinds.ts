/** The events that somebody hears of: what EventBridge looks for, and what they mean. Data; the rules are made from it, and so is the text. */
import type { Severity } from '../environment';

/** Under it, on the default bus of a region, a tool of ours tells of a release or of maintenance: `detail` with `environment` and `what`. */
export const DEPLOYMENT_SOURCE = 'holdfast.deployment';

type Detail = Readonly<Record<string, unknown>>;

export interface EventKind {
  readonly source: string;
  /** What the event's kind is called, and what it makes of the incident: an open one is closed by a later event about the same thing. */
  readonly types: Readonly<Record<string, 'firing' | 'ok' | 'notice'>>;
  /** Of the details, what else must match, as EventBridge writes it. @default nothing */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** The detail that says whose it is, and how it begins or looks: `{env}` is the environment, `*` anything. @default the account's, so that each environment in it hears of it */
  readonly own?: readonly [detail: string, like: string];
  /** Whether it comes in a region without servers and data too. @default false */
  readonly everywhere?: boolean;
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

const ended = (prefix: string, ...names: readonly string[]): Readonly<Record<string, 'ok'>> =>
  Object.fromEntries(names.map((name) => [prefix + name, 'ok'] as const));
const REFRESH = 'EC2 Auto Scaling Instance Refresh';
const STACK = 'CloudFormation Stack Status Change';
const DEPLOYED = ['CREATE_COMPLETE', 'UPDATE_COMPLETE'];
const stackName = (detail: Detail) => said(detail, 'stack-id').split('/')[1] ?? 'Stack';
const FAILED = ['CREATE_FAILED', 'DELETE_FAILED', 'UPDATE_FAILED'].concat(
  ['ROLLBACK', 'UPDATE_ROLLBACK'].flatMap((each) => [`${each}_COMPLETE`, `${each}_FAILED`]),
);
/** An instance's name is told in two forms, its ARN in one. */
const rds = {
  source: 'aws.rds',
  types: { 'RDS DB Instance Event': 'notice' },
  own: ['SourceArn', '*:db:holdfast-{env}-*'],
} as const;
const fleet = { source: 'aws.autoscaling', own: ['AutoScalingGroupName', 'Holdfast-{env}-*'] } as const;
const stacks = {
  source: 'aws.cloudformation',
  own: ['stack-id', '*:stack/Holdfast-{env}-*'],
  everywhere: true,
} as const;
const tools = { source: DEPLOYMENT_SOURCE, own: ['environment', '{env}'], everywhere: true, severity: 'info' } as const;
const message = (detail: Detail) => `${said(detail, 'SourceIdentifier')}: ${said(detail, 'Message')}`;

const executions = {
  source: 'aws.states',
  types: { 'Step Functions Execution Status Change': 'notice' },
  summary: (detail: Detail) =>
    `${said(detail, 'name')}: ${said(detail, 'status')}. ${said(detail, 'error')} ${said(detail, 'cause')}`.trim(),
} as const;
/** Of executions that nobody goes on with. @param heard errors that somebody has heard of already */
const stopped = (...heard: readonly string[]) => ({
  status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
  error: [{ exists: false }, null, { 'anything-but': heard }],
});

/** By name: each becomes a rule beside what it is about. */
export const EVENT_KINDS = {
  DatabaseFailover: {
    ...rds,
    detail: { EventCategories: ['failover', 'failure', 'low storage', 'recovery', 'read replica'] },
    severity: 'warning',
    title: 'Database event',
    summary: message,
    runbook: 'database-unreachable',
  },
  DatabaseMaintenance: {
    ...rds,
    detail: { EventCategories: ['maintenance', 'availability', 'configuration change'] },
    severity: 'info',
    title: 'Database maintenance',
    summary: message,
  },
  FleetRefreshFailed: {
    ...fleet,
    types: {
      [`${REFRESH} Failed`]: 'firing',
      [`${REFRESH} Rollback Failed`]: 'firing',
      [`${REFRESH} Succeeded`]: 'ok',
    },
    severity: 'warning',
    title: 'Instance refresh failed',
    summary: (detail) => `The servers of ${said(detail, 'AutoScalingGroupName')} could not be replaced.`,
    runbook: 'deployment-failed',
  },
  FleetRefresh: {
    ...fleet,
    types: {
      [`${REFRESH} Started`]: 'firing',
      ...ended(`${REFRESH} `, 'Succeeded', 'Failed', 'Cancelled', 'Rollback Succeeded', 'Rollback Failed'),
    },
    severity: 'info',
    title: 'Instance refresh',
    summary: (detail) => `The servers of ${said(detail, 'AutoScalingGroupName')} are being replaced.`,
  },
  LaunchFailed: {
    ...fleet,
    types: { 'EC2 Instance Launch Unsuccessful': 'firing', 'EC2 Instance Launch Successful': 'ok' },
    severity: 'warning',
    title: 'Launch of a server failed',
    summary: (detail) => `${said(detail, 'AutoScalingGroupName')}: ${said(detail, 'StatusMessage')}`,
    runbook: 'fleet-size',
  },
  CertificateExpires: {
    source: 'aws.acm',
    everywhere: true,
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
    own: ['resourceArn', '*:db:holdfast-{env}-*'],
    detail: { state: ['FAILED', 'ABORTED', 'EXPIRED', 'PARTIAL'] },
    severity: 'warning',
    title: 'Backup failed',
    summary: (detail) =>
      `${said(detail, 'resourceType')} backup ${said(detail, 'state')}: ${said(detail, 'statusMessage')}`,
    runbook: 'backup-failed',
  },
  RestoreTestFailed: {
    source: 'aws.backup',
    types: { 'Restore Job State Change': 'notice' },
    own: ['iamRoleArn', '*:role/Holdfast-{env}-Data-*'],
    detail: { status: ['FAILED', 'ABORTED'] },
    severity: 'warning',
    title: 'Restore test failed',
    summary: (detail) =>
      `The newest backup could not be restored: ${said(detail, 'status')} ${said(detail, 'statusMessage')}`,
    runbook: 'backup-failed',
  },
  HealthIssue: {
    source: 'aws.health',
    everywhere: true,
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
    everywhere: true,
    types: { 'AWS Health Event': 'notice' },
    detail: { eventTypeCategory: ['scheduledChange', 'accountNotification'] },
    severity: 'info',
    title: 'AWS announces a change',
    summary: (detail) => `${said(detail, 'eventTypeCode')}: ${latest(detail)}`,
  },
  DeploymentFailed: {
    ...stacks,
    types: { [STACK]: 'firing' },
    detail: { 'status-details': { status: [...FAILED, ...DEPLOYED] } },
    severity: 'warning',
    title: 'Deployment failed',
    summary: (detail) => `${stackName(detail)}: ${status(detail)}. ${reason(detail)}`,
    state: (detail) => (DEPLOYED.includes(status(detail)) ? 'ok' : 'firing'),
    runbook: 'deployment-failed',
  },
  Deployment: {
    ...stacks,
    types: { [STACK]: 'notice' },
    detail: { 'status-details': { status: [...DEPLOYED, 'DELETE_COMPLETE'] } },
    severity: 'info',
    title: 'Deployment',
    summary: (detail) => `${stackName(detail)}: ${status(detail)}.`,
  },
  ToolDeployment: {
    ...tools,
    types: { Deployment: 'notice' },
    title: 'Deployment',
    summary: (detail) => said(detail, 'what'),
  },
  RolloutStopped: {
    ...executions,
    own: ['stateMachineArn', '*:stateMachine:Holdfast-{env}-rollouts'],
    // who releases hears of a release that went back, or was refused; with the others nobody goes on
    detail: stopped('RolledBack', 'Refused'),
    severity: 'warning',
    title: 'Rollout stopped half-way',
    runbook: 'rollout-stuck',
  },
  FailoverStopped: {
    ...executions,
    own: ['stateMachineArn', '*:stateMachine:Holdfast-{env}-failover'],
    detail: stopped('Refused'), // before anything was begun: who starts it hears of that
    severity: 'critical',
    title: 'Failover stopped half-way',
    runbook: 'failover-stopped',
  },
  Maintenance: {
    ...tools,
    types: { 'Maintenance Started': 'firing', 'Maintenance Ended': 'ok' },
    title: 'Maintenance',
    summary: (detail) => said(detail, 'what'),
  },
} as const satisfies Readonly<Record<string, EventKind>>;

/** What EventBridge is asked for: the pattern of one kind, of one environment's. */
export const patternOf = ({ source, types, detail, own }: EventKind, environment: string) => {
  const like = own?.[1].replace('{env}', environment) ?? '';
  const matched = { ...detail, ...(own && { [own[0]]: [like.includes('*') ? { wildcard: like } : like] }) };
  return {
    source: [source],
    'detail-type': Object.keys(types),
    ...(Object.keys(matched).length > 0 && { detail: matched }),
  };
};

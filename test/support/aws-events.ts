/** Events in the form that the services' documentation shows, with names as ours: of whatever somebody hears of, and of what nobody does. */
import { DEPLOYMENT_SOURCE } from '../../lambda/alert-router/parse/event-kinds';

const ACCOUNT = '111111111111';
const REGION = 'eu-west-1';

const event = (source: string, type: string, resources: readonly string[], detail: object, id = 'event-1') => ({
  version: '0',
  id,
  'detail-type': type,
  source,
  account: ACCOUNT,
  time: '2026-01-31T12:00:00Z',
  region: REGION,
  resources,
  detail,
});

/** docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-cloudwatch-events.sample.html */
export function rdsEvent(category: string, message: string, instance = 'holdfast-shop-data-primary') {
  const arn = `arn:aws:rds:${REGION}:${ACCOUNT}:db:${instance}`;
  return event('aws.rds', 'RDS DB Instance Event', [arn], {
    EventCategories: [category],
    SourceType: 'DB_INSTANCE',
    SourceArn: arn,
    Date: '2026-01-31T12:00:00.292Z',
    Message: message,
    SourceIdentifier: instance,
    EventID: 'RDS-EVENT-0049',
  });
}

const GROUP = 'Holdfast-shop-Backend-ServersGroup1234-abcd';
const GROUP_ARN = `arn:aws:autoscaling:${REGION}:${ACCOUNT}:autoScalingGroup:uuid:autoScalingGroupName/${GROUP}`;

/** docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html */
export const refreshEvent = (how: string, group = GROUP) =>
  event('aws.autoscaling', `EC2 Auto Scaling Instance Refresh ${how}`, [GROUP_ARN], {
    InstanceRefreshId: 'ab00cf8f-9126-4f3c-8010-dbb8cad6fb86',
    AutoScalingGroupName: group,
  });

export const launchEvent = (how: 'Successful' | 'Unsuccessful') =>
  event('aws.autoscaling', `EC2 Instance Launch ${how}`, [GROUP_ARN, `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/i-1`], {
    StatusCode: how === 'Successful' ? 'InProgress' : 'Failed',
    AutoScalingGroupName: GROUP,
    ActivityId: '87654321-4321-4321-4321-210987654321',
    Details: { 'Availability Zone': `${REGION}b`, 'Subnet ID': 'subnet-1' },
    RequestId: '12345678-1234-1234-1234-123456789012',
    StatusMessage: how === 'Successful' ? '' : 'There is no Spot capacity available',
    EndTime: '2026-01-31T12:00:00Z',
    EC2InstanceId: 'i-1',
    StartTime: '2026-01-31T11:59:00Z',
    Cause: 'At 2026-01-31T11:59:00Z an instance was started in response to a difference between desired and actual',
  });

const CERTIFICATE = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/61f50cd4-45b9-4259-b049-d0a53682fa4b`;

/** docs.aws.amazon.com/acm/latest/userguide/supported-events.html */
export const certificateEvent = (type: string, detail: object = {}) =>
  event('aws.acm', `ACM Certificate ${type}`, [CERTIFICATE], { CommonName: 'example.com', ...detail });

/** docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html */
export const backupEvent = (kind: 'Backup' | 'Copy', state: string, instance = 'holdfast-shop-data-primary') =>
  event('aws.backup', `${kind} Job State Change`, [`arn:aws:backup:${REGION}:${ACCOUNT}:backup-vault:vault`], {
    [`${kind.toLowerCase()}JobId`]: '12345678-1234-1234-1234-123456789012',
    iamRoleArn: `arn:aws:iam::${ACCOUNT}:role/Backup`,
    resourceArn: `arn:aws:rds:${REGION}:${ACCOUNT}:db:${instance}`,
    resourceType: 'RDS',
    state,
    statusMessage: 'Access denied exception while trying to list tags',
  });

/** There too; which plan it was for is `restoreTestingPlanArn`, when it was for one. */
export const restoreEvent = (status: string, environment = 'shop') =>
  event('aws.backup', 'Restore Job State Change', [`arn:aws:rds:${REGION}:${ACCOUNT}:snapshot:awsbackup:job-1`], {
    restoreJobId: '12345678-1234-1234-1234-123456789012',
    iamRoleArn: `arn:aws:iam::${ACCOUNT}:role/Holdfast-${environment}-Data-RestoreTestRole1A2B3C4D-AbCdEf`,
    restoreTestingPlanArn: `arn:aws:backup:${REGION}:${ACCOUNT}:restore-testing-plan:Holdfast_${environment}_Data-1`,
    resourceType: 'RDS',
    status,
    statusMessage: 'The DB instance class is not available',
  });

/** docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html */
export const healthEvent = (category: string, statusCode: string, id = 'event-1') =>
  event(
    'aws.health',
    'AWS Health Event',
    [],
    {
      eventArn: `arn:aws:health:${REGION}::event/ELASTICLOADBALANCING/AWS_ELASTICLOADBALANCING_API_ISSUE_90353408594353980`,
      service: 'ELASTICLOADBALANCING',
      eventTypeCode: 'AWS_ELASTICLOADBALANCING_OPERATIONAL_ISSUE',
      eventTypeCategory: category,
      eventScopeCode: 'PUBLIC',
      startTime: 'Sat, 31 Jan 2026 11:55:00 GMT',
      statusCode,
      eventRegion: REGION,
      eventDescription: [{ language: 'en_US', latestDescription: 'Some requests fail.' }],
      page: '1',
      totalPages: '1',
    },
    id,
  );

/** docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stack-status-change.html */
export function stackEvent(status: string, name = 'Holdfast-shop-Backend') {
  const arn = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${name}/3b4c0f60-bf18-11e4-8f4f-503ac9e74c2c`;
  return event('aws.cloudformation', 'CloudFormation Stack Status Change', [arn], {
    'stack-id': arn,
    'status-details': { status, 'status-reason': 'A resource failed' },
    'client-request-token': 'token',
  });
}

export const toolEvent = (type: string, environment = 'shop') =>
  event(DEPLOYMENT_SOURCE, type, [], { environment, what: 'Release 1.2.3 of the site' });

/** docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export function executionEvent(status: string, error: string | null = null, machine = 'Holdfast-shop-rollouts') {
  const arn = `arn:aws:states:${REGION}:${ACCOUNT}:execution:${machine}:rollout-1`;
  return event('aws.states', 'Step Functions Execution Status Change', [arn], {
    executionArn: arn,
    stateMachineArn: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${machine}`,
    name: 'rollout-1',
    status,
    startDate: 1551225146847,
    stopDate: 1551225151881,
    input: '{}',
    output: null,
    error,
    cause: error && 'Rate exceeded',
  });
}

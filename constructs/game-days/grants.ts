/** What the experiments may do: each action to what carries the environment's tag, and the looks that it needs. As FIS's reference of actions demands them. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { groupArn } from '../release/group-arn';
import type { Action } from './experiment';
import { GAME_DAY_TAG } from './targets';

export interface Granted {
  readonly environment: string;
  /** ARN of the primary, and of the session store. */
  readonly database: string;
  readonly sessions: string;
  /** ARN of the network. */
  readonly network: string;
  /** Names of the auto scaling groups. */
  readonly groups: readonly string[];
  /** Names of the SSM documents. */
  readonly documents: readonly string[];
}

/** These know no narrower resource. */
const LOOKS = [
  'autoscaling:DescribeAutoScalingGroups',
  'ec2:DescribeInstances',
  'ec2:DescribeManagedPrefixLists',
  'ec2:DescribeNetworkAcls',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
  'elasticache:DescribeReplicationGroups',
  'logs:CreateLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:PutResourcePolicy',
  'rds:DescribeDBInstances',
  'ssm:CancelCommand',
  'ssm:ListCommands',
  'tag:GetResources',
];

export function experimentGrants(scope: Construct, granted: Granted): readonly PolicyStatement[] {
  const { environment, database, sessions, network, groups, documents } = granted;
  const stack = Stack.of(scope);
  const ec2 = (kind: string) => stack.formatArn({ service: 'ec2', resource: kind, resourceName: '*' });
  const allow = (actions: readonly string[], resources: readonly string[], conditions?: Record<string, unknown>) =>
    new PolicyStatement({ actions: [...actions], resources: [...resources], conditions });
  const own = { StringEquals: { [`aws:ResourceTag/${GAME_DAY_TAG}`]: environment } };
  /** FIS cuts a subnet off by a network ACL of its own. */
  const fis = (where: 'Request' | 'Resource') => ({ StringEquals: { [`aws:${where}Tag/managedByFIS`]: 'true' } });
  const byAction: Readonly<Record<Action, readonly PolicyStatement[]>> = {
    'aws:ec2:stop-instances': [allow(['ec2:StopInstances', 'ec2:StartInstances'], [ec2('instance')], own)],
    'aws:ec2:terminate-instances': [allow(['ec2:TerminateInstances'], [ec2('instance')], own)],
    'aws:ec2:asg-insufficient-instance-capacity-error': [
      allow(['ec2:InjectApiError'], ['*'], {
        StringEquals: { 'ec2:FisActionId': 'aws:ec2:asg-insufficient-instance-capacity-error' },
        'ForAllValues:ArnLike': { 'ec2:FisTargetArns': groups.map((name) => groupArn(scope, name)) },
      }),
    ],
    'aws:network:disrupt-connectivity': [
      allow(['ec2:CreateNetworkAcl'], [network]),
      allow(['ec2:CreateNetworkAcl', 'ec2:CreateTags'], [ec2('network-acl')], fis('Request')),
      allow(['ec2:CreateNetworkAclEntry', 'ec2:DeleteNetworkAcl'], [ec2('network-acl')], fis('Resource')),
      allow(['ec2:ReplaceNetworkAclAssociation'], [ec2('subnet')], own),
      allow(['ec2:ReplaceNetworkAclAssociation'], [ec2('network-acl')]), // back to what was there, which FIS didn't make
    ],
    'aws:rds:reboot-db-instances': [allow(['rds:RebootDBInstance'], [database])],
    'aws:elasticache:replicationgroup-interrupt-az-power': [allow(['elasticache:InterruptClusterAzPower'], [sessions])],
    'aws:ssm:send-command': [
      allow(
        ['ssm:SendCommand'],
        documents.map((name) => documentArn(scope, name)),
      ),
      allow(['ssm:SendCommand'], [ec2('instance')], {
        StringEquals: { [`ssm:resourceTag/${GAME_DAY_TAG}`]: environment },
      }),
    ],
  };
  return [allow(LOOKS, ['*']), ...Object.values(byAction).flat()];
}

/** Of a document of AWS's. */
export const documentArn = (scope: Construct, resourceName: string) =>
  Stack.of(scope).formatArn({
    service: 'ssm',
    account: '',
    resource: 'document',
    resourceName,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });

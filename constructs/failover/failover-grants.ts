/** What the failover machine may do, and nothing else: identifiers are fixed, so that databases of both regions are named before they are there. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Place, Places } from '../../lambda/failover/places';
import type { SideName } from '../../lambda/failover/seen';
import { stateKey } from '../../lambda/rollout/state';
import { groupArn } from '../release/group-arn';
import { machineArn } from '../release/loop-machine';
import type { Grant } from '../release/publisher-grants';

/** These know no narrower resource, or tell nothing worth a list. */
const LOOKS = [
  'autoscaling:DescribeAutoScalingGroups',
  'cloudwatch:DescribeAlarms',
  'cloudwatch:GetMetricData',
  'elasticloadbalancing:DescribeRules',
  'elasticloadbalancing:DescribeTargetHealth',
  'rds:DescribeDBInstances',
];
/** What CloudFormation named, and what was put aside: the end of the name is made later. */
const ANY = '*';

const arnOf = (scope: Construct, service: string, region: string, resource: string, resourceName?: string) => {
  const arnFormat = resourceName ? ArnFormat.COLON_RESOURCE_NAME : ArnFormat.NO_RESOURCE_NAME;
  return Stack.of(scope).formatArn({ service, region, resource, resourceName, arnFormat });
};

function databaseGrants(scope: Construct, { region, primary, replicas }: Place, stack: string): readonly Grant[] {
  const rds = (resource: string, name: string) => arnOf(scope, 'rds', region, resource, name);
  const made = `${stack.toLowerCase()}-${ANY}`;
  const create = 'rds:CreateDBInstanceReadReplica';
  return [
    ...[primary, ...replicas].map(
      (name): Grant => [[create, 'rds:ModifyDBInstance', 'rds:AddTagsToResource'], rds('db', `${name}${ANY}`)],
    ),
    ['rds:PromoteReadReplica', rds('db', primary)],
    [[create, 'rds:ModifyDBParameterGroup', 'rds:DescribeDBParameters'], rds('pg', made)],
    [create, rds('subgrp', made)],
    [create, rds('og', 'default:*')],
  ];
}

/** What a copy is made with: RDS takes key and role by the caller's right to them. */
export function copyStatements(scope: Construct, { region }: Place, stack: string): PolicyStatement[] {
  const role = Stack.of(scope).formatArn({
    service: 'iam',
    region: '',
    resource: 'role',
    resourceName: `${stack}-${ANY}`,
  });
  return [
    new PolicyStatement({
      actions: ['kms:CreateGrant', 'kms:DescribeKey'],
      resources: [arnOf(scope, 'kms', region, 'key/*')], // a reference to one in another region would outlive it
      conditions: { StringEquals: { 'kms:ViaService': `rds.${region}.amazonaws.com` } },
    }),
    new PolicyStatement({
      actions: ['iam:PassRole'],
      resources: [role],
      conditions: { StringEquals: { 'iam:PassedToService': 'monitoring.rds.amazonaws.com' } },
    }),
  ];
}

export interface FailoverGrants {
  readonly places: Places;
  /** Name of the state machine. */
  readonly machine: string;
  /** Of the second region, with the states of its services. */
  readonly bucket: IBucket;
  /** Names of the stacks with the databases: identifiers and generated names begin with them. */
  readonly owners: Readonly<Record<SideName, string>>;
}

export function failoverGrants(
  scope: Construct,
  { places, machine, bucket, owners }: FailoverGrants,
): readonly Grant[] {
  const stack = Stack.of(scope);
  const { first, second, fence, services, quiet } = places;
  const groups = Object.values(services).flatMap((each) => Object.values(each.groups));
  return [
    [LOOKS, '*'],
    ['states:ListExecutions', machineArn(scope, machine)],
    ['s3:ListBucket', bucket.bucketArn], // else a missing state is "forbidden", not "not found"
    ...Object.keys(services).map((name): Grant => ['s3:GetObject', bucket.arnForObjects(stateKey(name))]),
    ...databaseGrants(scope, first, owners.first),
    ...databaseGrants(scope, second, owners.second),
    ['elasticloadbalancing:ModifyRule', fence],
    ...groups.map((name): Grant => ['autoscaling:UpdateAutoScalingGroup', groupArn(scope, name)]),
    ...quiet.map(
      (prefix): Grant => [
        ['cloudwatch:EnableAlarmActions', 'cloudwatch:DisableAlarmActions'],
        arnOf(scope, 'cloudwatch', stack.region, 'alarm', `${prefix}${ANY}`),
      ],
    ),
    [
      'events:PutEvents',
      stack.formatArn({
        service: 'events',
        resource: 'event-bus',
        resourceName: 'default',
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      }),
    ],
  ];
}

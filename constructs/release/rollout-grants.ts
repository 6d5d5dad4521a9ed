/** What the machine of rollouts may do: look everywhere, and change the groups, the weights and the states of its own services. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { stateKey } from '../../lambda/rollout/state';
import { groupArn } from './group-arn';
import type { Grant } from './publisher-grants';
import type { RolledService } from './rolled-service';

/** These know no narrower resource. */
const LOOKS = [
  'autoscaling:DescribeAutoScalingGroups',
  'autoscaling:DescribeInstanceRefreshes',
  'cloudwatch:DescribeAlarms',
  'cloudwatch:GetMetricData',
  'elasticloadbalancing:DescribeListeners',
  'elasticloadbalancing:DescribeRules',
  'elasticloadbalancing:DescribeTargetHealth',
];

const CHANGES = [
  'autoscaling:CancelInstanceRefresh',
  'autoscaling:ResumeProcesses',
  'autoscaling:StartInstanceRefresh',
  'autoscaling:SuspendProcesses',
  'autoscaling:UpdateAutoScalingGroup',
];

export function rolloutGrants(scope: Construct, bucket: IBucket, services: readonly RolledService[]): readonly Grant[] {
  const stack = Stack.of(scope);
  const stacks = [...new Set(services.map((service) => service.stack))];
  const names = services.flatMap(({ groups }) => Object.values(groups));
  return [
    [LOOKS, '*'],
    ['s3:ListBucket', bucket.bucketArn], // else a missing state is "forbidden", not "not found"
    ...services.map(({ name }): Grant => [['s3:GetObject', 's3:PutObject'], bucket.arnForObjects(stateKey(name))]),
    ...names.map((name): Grant => [CHANGES, groupArn(scope, name)]),
    ...services.flatMap(({ balanced }): Grant[] => {
      if (!balanced) return [];
      const { listenerArn, ruleArn } = balanced;
      return [
        ruleArn ? ['elasticloadbalancing:ModifyRule', ruleArn] : ['elasticloadbalancing:ModifyListener', listenerArn],
      ];
    }),
    ...stacks.map(
      (name): Grant => [
        'cloudformation:DescribeStacks',
        stack.formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${name}/*` }),
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

/** Servers that do jobs, as many as keep the backlog of each small. No balancer knows them. */
import { CfnScalingPolicy } from 'aws-cdk-lib/aws-autoscaling';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { WARM_UP } from './scaling';
import { ServerGroup, type ServerGroupProps } from './server-group';

export interface WorkersProps extends ServerGroupProps<'blue'> {
  /** Servers that the first deployment waits for. */
  readonly first: number;
  readonly queue: IQueue;
  /** Messages that may wait for each server; above it there are more servers, well below it fewer. */
  readonly backlog: number;
}

export class Workers extends ServerGroup<'blue'> {
  constructor(scope: Construct, id: string, props: WorkersProps) {
    super(scope, id, props, { first: props.first, description: 'Workers' });
    const { autoScalingGroupName } = this.groups.blue;
    const metric = (namespace: string, metricName: string, name: string, value: string, stat: string) => ({
      metricStat: { metric: { namespace, metricName, dimensions: [{ name, value }] }, stat },
      returnData: false,
    });
    new CfnScalingPolicy(this, 'Backlog', {
      autoScalingGroupName,
      policyType: 'TargetTrackingScaling',
      estimatedInstanceWarmup: WARM_UP.toSeconds(),
      targetTrackingConfiguration: {
        targetValue: props.backlog,
        customizedMetricSpecification: {
          metrics: [
            {
              id: 'waiting',
              ...metric('AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName', props.queue.queueName, 'Average'),
            },
            {
              id: 'servers',
              ...metric(
                'AWS/AutoScaling',
                'GroupInServiceInstances',
                'AutoScalingGroupName',
                autoScalingGroupName,
                'Average',
              ),
            },
            // an idle queue stops reporting after hours, which is a backlog of none
            {
              id: 'backlog',
              label: 'Messages waiting for each worker',
              expression: 'FILL(waiting, 0) / IF(servers < 1, 1, servers)',
              returnData: true,
            },
          ],
        },
      },
    });
  }
}

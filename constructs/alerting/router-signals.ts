/** What the router itself is watched by. Its figures of channels come from its log. */
import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { signal } from './signal';

export function routerSignals(environment: string, handler: IFunction, queue: IQueue, deadLetters: IQueue) {
  const period = Duration.minutes(5);
  return {
    routerErrors: signal('count', handler.metricErrors({ period, statistic: 'Sum' })),
    routerBacklog: signal('seconds', queue.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' })),
    routerDeadLetters: signal(
      'count',
      deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
    ),
    channelFailures: signal(
      'count',
      new Metric({
        namespace: 'Holdfast/Alerts',
        metricName: 'ChannelFailures',
        dimensionsMap: { Environment: environment },
        statistic: 'Sum',
        period,
      }),
    ),
  };
}

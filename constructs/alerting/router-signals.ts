/** What the router itself is watched by. Its figures of channels come from its log. */
import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { signal } from './signal';

export function routerSignals(environment: string, handler: IFunction, deadLetters: IQueue) {
  const period = Duration.minutes(1);
  const sum = { period, statistic: 'Sum' };
  const channelFailures = new Metric({
    namespace: 'Holdfast/Alerts',
    metricName: 'ChannelFailures',
    dimensionsMap: { Environment: environment },
    ...sum,
  });
  const waiting = { period, statistic: 'Maximum' };
  return {
    routerRuns: signal('count', handler.metricInvocations(sum)),
    routerErrors: signal('count', handler.metricErrors(sum)),
    /** Of alerts that Lambda holds for the function. */
    routerDelay: signal('milliseconds', handler.metric('AsyncEventAge', waiting)),
    routerDeadLetters: signal('count', deadLetters.metricApproximateNumberOfMessagesVisible(waiting)),
    channelFailures: signal('count', channelFailures),
  };
}

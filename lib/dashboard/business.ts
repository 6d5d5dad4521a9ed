/** The business's figures as the backend's logs tell them (app/backend/metrics/business.ts), under the same names. */
import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { signal } from '../../constructs/alerting/signal';

export function businessSignals(environment: string) {
  const metric = (metricName: string, statistic: string) =>
    new Metric({
      namespace: 'Holdfast/Business',
      metricName,
      dimensionsMap: { Environment: environment },
      statistic,
      period: Duration.hours(1),
    });
  return {
    signUps: signal('count', metric('SignUps', 'Sum')),
    orders: signal('count', metric('Orders', 'Sum')),
    revenue: signal('count', metric('Revenue', 'Sum')),
    weekRetention: signal('percent', metric('WeekRetention', 'Maximum')),
    activeUsers: signal('count', metric('ActiveUsers', 'Maximum')), // each server tells the count of all
  };
}

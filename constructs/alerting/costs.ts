/** Tells a topic of money: a monthly budget of the whole account, and unusual spending of one environment. Stops nothing. */
import { Stack } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { CfnAnomalyMonitor, CfnAnomalySubscription } from 'aws-cdk-lib/aws-ce';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface CostsProps {
  /** Its policy and its key's admit budgets.amazonaws.com and costalerts.amazonaws.com. */
  readonly topic: ITopic;
  /** USD a month. @default no budget */
  readonly monthlyBudgetUsd?: number;
  /** Tag of what is watched for unusual spending, and from how many USD on somebody hears. @default nothing is */
  readonly anomaly?: { readonly tag: string; readonly value: string; readonly aboveUsd: number };
}

/** Percent of the budget, spent or foreseen for the month's end. */
const NOTICES = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'ACTUAL', threshold: 100 },
  { notificationType: 'FORECASTED', threshold: 100 },
];

export class Costs extends Construct {
  constructor(scope: Construct, id: string, { topic, monthlyBudgetUsd, anomaly }: CostsProps) {
    super(scope, id);
    if (monthlyBudgetUsd !== undefined) {
      new CfnBudget(this, 'Budget', {
        budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount: monthlyBudgetUsd, unit: 'USD' } },
        notificationsWithSubscribers: NOTICES.map((notice) => ({
          notification: { ...notice, comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE' },
          subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
        })),
      });
    }
    if (!anomaly) return;
    const { tag, value, aboveUsd } = anomaly;
    const name = Stack.of(this).stackName;
    const { attrMonitorArn } = new CfnAnomalyMonitor(this, 'Monitor', {
      monitorName: name,
      monitorType: 'CUSTOM', // an account has one monitor of all services, and may have it already
      monitorSpecification: JSON.stringify({ Tags: { Key: tag, Values: [value] } }),
    });
    new CfnAnomalySubscription(this, 'Subscription', {
      subscriptionName: name,
      frequency: 'IMMEDIATE', // the only one that a topic takes
      monitorArnList: [attrMonitorArn],
      subscribers: [{ type: 'SNS', address: topic.topicArn }],
      thresholdExpression: JSON.stringify({
        Dimensions: {
          Key: 'ANOMALY_TOTAL_IMPACT_ABSOLUTE',
          MatchOptions: ['GREATER_THAN_OR_EQUAL'],
          Values: [`${aboveUsd}`],
        },
      }),
    });
  }
}

import { Template } from 'aws-cdk-lib/assertions';
import { Costs, type CostsProps } from '../../constructs/alerting/costs';
import { testStack, testTopics } from '../support/stack';

function made(props: Omit<CostsProps, 'topic'>) {
  const stack = testStack('us-east-1');
  new Costs(stack, 'Costs', { topic: testTopics(stack).warning, ...props });
  return Template.fromStack(stack);
}
const topic = [{ SubscriptionType: 'SNS', Address: { Ref: expect.stringContaining('Warning') } }];

describe('a budget', () => {
  const [budget] = Object.values(made({ monthlyBudgetUsd: 2000 }).findResources('AWS::Budgets::Budget'));

  it('is of so many USD each month', () => {
    expect(budget?.Properties.Budget).toEqual({
      BudgetType: 'COST',
      TimeUnit: 'MONTHLY',
      BudgetLimit: { Amount: 2000, Unit: 'USD' },
    });
  });

  it('tells at 80 %, when it is spent, and when the month will spend it', () => {
    expect(budget?.Properties.NotificationsWithSubscribers).toMatchObject(
      [
        ['ACTUAL', 80],
        ['ACTUAL', 100],
        ['FORECASTED', 100],
      ].map(([NotificationType, Threshold]) => ({
        Notification: { NotificationType, Threshold, ThresholdType: 'PERCENTAGE', ComparisonOperator: 'GREATER_THAN' },
        Subscribers: topic,
      })),
    );
  });
});

it('hears of unusual spending of one environment, from so many USD on', () => {
  const template = made({ anomaly: { tag: 'environment', value: 'prod', aboveUsd: 50 } });
  template.hasResourceProperties('AWS::CE::AnomalyMonitor', {
    MonitorType: 'CUSTOM',
    MonitorSpecification: JSON.stringify({ Tags: { Key: 'environment', Values: ['prod'] } }),
  });
  const [subscription] = Object.values(template.findResources('AWS::CE::AnomalySubscription'));
  expect(subscription?.Properties).toMatchObject({ Frequency: 'IMMEDIATE' });
  expect(JSON.parse(subscription?.Properties.ThresholdExpression).Dimensions.Values).toEqual(['50']);
});

it('makes nothing that nobody asked for', () => {
  expect(made({}).toJSON().Resources).toEqual(expect.not.objectContaining({ CostsBudget: expect.anything() }));
  made({}).resourceCountIs('AWS::Budgets::Budget', 0);
});

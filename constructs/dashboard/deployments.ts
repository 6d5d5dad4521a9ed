/** What changed and when, for who looks at a curve: stacks, the servers' refreshes and what tools tell, as a log group with a metric. Tells nobody. */
import { Duration, Stack } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type EventPattern, Match, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, MetricFilter, ResourcePolicy, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { DEPLOYMENT_SOURCE } from '../../lambda/alert-router/parse/event-kinds';
import { signal } from '../alerting/signal';
import type { EncryptionKey } from '../security/encryption-key';
import { DeadLetterQueue } from '../storage/dead-letter-queue';
import { Logs } from '../storage/logs';

export interface DeploymentsProps {
  /** Of the stack, with CloudWatch in its policy. */
  readonly key: EncryptionKey;
  /** Keep what could not be written when the stack goes. @default true */
  readonly retain?: boolean;
  /** How long a line is kept. */
  readonly logRetention: RetentionDays;
  /** Name of the environment, which its stacks' names hold. */
  readonly environment: string;
}

const ENDED = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_FAILED'];

/** Rule by what it hears of. */
const heard = (environment: string): Readonly<Record<string, EventPattern>> => ({
  Stacks: {
    source: ['aws.cloudformation'],
    detailType: ['CloudFormation Stack Status Change'],
    detail: {
      'stack-id': Match.wildcard(`*:stack/Holdfast-${environment}-*`),
      'status-details': { status: ENDED },
    },
  },
  Servers: {
    source: ['aws.autoscaling'],
    detailType: Match.prefix('EC2 Auto Scaling Instance Refresh '),
    detail: { AutoScalingGroupName: Match.prefix(`Holdfast-${environment}-`) },
  },
  Tools: { source: [DEPLOYMENT_SOURCE], detail: { environment: [environment] } },
});

export class Deployments extends Construct {
  readonly logGroupName: string;
  readonly #metric: Metric;

  constructor(scope: Construct, id: string, props: DeploymentsProps) {
    super(scope, id);
    const { environment, logRetention, key } = props;
    const logs = new Logs(
      this,
      'Logs',
      { logRetention, logKey: key },
      `/aws/events/holdfast-${environment}-deployments`,
    );
    new ResourcePolicy(this, 'Policy', {
      resourcePolicyName: `${Stack.of(this).stackName}-deployments`, // CDK's own is the same in every environment
      policyStatements: [
        new PolicyStatement({
          principals: ['events', 'delivery.logs'].map((service) => new ServicePrincipal(`${service}.amazonaws.com`)),
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logs.logGroupArn],
        }),
      ],
    });
    const { account, partition, region } = Stack.of(this);
    const arn = `arn:${partition}:logs:${region}:${account}:log-group:${logs.logGroupName}`; // without the ':*' of its attribute
    const deadLetters = new DeadLetterQueue(this, 'DeadLetters', { encryptionKey: key, retain: props.retain });
    const principals = [new ServicePrincipal('events.amazonaws.com')];
    key.addToResourcePolicy(
      new PolicyStatement({ principals, actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: ['*'] }),
    );
    for (const [name, eventPattern] of Object.entries(heard(environment))) {
      const rule = new Rule(this, name, { eventPattern });
      rule.addTarget({ bind: () => ({ arn, deadLetterConfig: { arn: deadLetters.queueArn } }) });
      deadLetters.addToResourcePolicy(
        new PolicyStatement({
          principals,
          actions: ['sqs:SendMessage'],
          resources: [deadLetters.queueArn],
          conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
        }),
      );
    }
    const filter = new MetricFilter(this, 'Count', {
      logGroup: logs,
      filterPattern: FilterPattern.allEvents(),
      metricNamespace: 'Holdfast/Deployments',
      metricName: environment, // a filter's dimensions come from the log's lines, which don't name it
      metricValue: '1',
    });
    this.logGroupName = logs.logGroupName;
    this.#metric = filter.metric({ statistic: 'Sum', period: Duration.minutes(1) });
  }

  get signals() {
    return { deployments: signal('count', this.#metric) };
  }
}

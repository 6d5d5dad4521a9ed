/** What changed and when, for who looks at a curve: stacks, the servers' refreshes and what tools tell, as a log group with a metric. Tells nobody. */
import { Duration, Stack } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type EventPattern, Match, Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, MetricFilter, ResourcePolicy } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DEPLOYMENT_SOURCE } from '../../lambda/alert-router/parse/event-kinds';
import { signal } from '../alerting/signal';
import { Logs, type LogsProps } from '../storage/logs';

export interface DeploymentsProps extends LogsProps {
  /** Name of the environment, which its stacks' names hold. */
  readonly environment: string;
  /** Keeps what could not be written; lets this stack's rules send to it. */
  readonly deadLetters: IQueue;
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

  constructor(scope: Construct, id: string, { environment, deadLetters, ...props }: DeploymentsProps) {
    super(scope, id);
    this.logGroupName = `/aws/events/holdfast-${environment}-deployments`;
    const logs = new Logs(this, 'Logs', props, this.logGroupName);
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
    for (const [name, eventPattern] of Object.entries(heard(environment)))
      new Rule(this, name, { eventPattern }).addTarget({
        bind: () => ({ arn, deadLetterConfig: { arn: deadLetters.queueArn } }),
      });
    const filter = new MetricFilter(this, 'Count', {
      logGroup: logs,
      filterPattern: FilterPattern.allEvents(),
      metricNamespace: 'Holdfast/Deployments',
      metricName: environment, // a filter's dimensions come from the log's lines, which don't name it
      metricValue: '1',
    });
    this.#metric = filter.metric({ statistic: 'Sum', period: Duration.minutes(1) });
  }

  get signals() {
    return { deployments: signal('count', this.#metric) };
  }
}

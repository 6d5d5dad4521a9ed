/** What EventBridge tells people of: a rule for each kind of event, to the topic of its severity. Not what the events mean: the router's table. */
import { Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EVENT_KINDS, type EventKind, patternOf } from '../../lambda/alert-router/parse/event-kinds';
import type { Topics } from './alarms';

export interface EventsProps {
  /** Name of the environment, which the names of what is its own hold. */
  readonly environment: string;
  /** That EventBridge may publish to. */
  readonly topics: Topics;
  /** Whether the region has servers or data of the environment. */
  readonly hasServers: boolean;
  /** Keeps what could not be handed to a topic, after a day of tries. */
  readonly deadLetters: Queue;
}

export class Events extends Construct {
  constructor(scope: Construct, id: string, { environment, topics, hasServers, deadLetters }: EventsProps) {
    super(scope, id);
    const kinds: readonly (readonly [string, EventKind])[] = Object.entries(EVENT_KINDS);
    for (const [name, kind] of kinds) {
      if (!hasServers && !kind.everywhere) continue;
      const { source, detail, 'detail-type': detailType } = patternOf(kind, environment);
      const rule = new Rule(this, name, {
        description: `${kind.title}: ${kind.severity}`,
        eventPattern: { source, detailType, detail },
      });
      const deadLetterConfig = { arn: deadLetters.queueArn };
      rule.addTarget({ bind: () => ({ arn: topics[kind.severity].topicArn, deadLetterConfig }) });
    }
    // one statement for all: a queue's policy has room for 20
    deadLetters.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [deadLetters.queueArn],
        conditions: {
          ArnLike: {
            'aws:SourceArn': Stack.of(this).formatArn({
              service: 'events',
              resource: 'rule',
              resourceName: `${Stack.of(this).stackName}-*`,
            }),
          },
        },
      }),
    );
  }
}

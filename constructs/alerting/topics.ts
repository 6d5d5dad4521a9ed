/** An encrypted topic per severity and one for alarms that are only parts of others, which this account's alarms and events may be published to. Not the channels behind it: the subscribers'. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { EncryptionKey } from '../security/encryption-key';
import type { Topics as ByName } from './alarms';
import { SEVERITIES, type Severity } from './alert';
import { AlertTopic, admitPublishers } from './topic';

const PROMETHEUS = 'aps';

export interface TopicsProps {
  /** Addresses that get each message as AWS writes it, by severity; each confirms its subscription by a mail. @default none: a router tells people */
  readonly emails?: Readonly<Record<Severity, readonly string[]>>;
  /** Whether a managed Prometheus publishes too. @default false */
  readonly prometheus?: boolean;
}

export class Topics extends Construct {
  readonly byName: ByName;
  /** Of these topics and of what else carries alerts in the region. */
  readonly key: EncryptionKey;

  constructor(scope: Construct, id: string, { emails, prometheus = false }: TopicsProps) {
    super(scope, id);
    this.key = new EncryptionKey(this, 'Key', { removalPolicy: RemovalPolicy.DESTROY });
    const publishers = prometheus ? [PROMETHEUS] : [];
    admitPublishers(this.key, publishers);
    // for an auto scaling group's notices; by a condition, since a new account has no such role yet
    const { account, partition } = Stack.of(this);
    this.key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: {
          StringEquals: {
            'aws:PrincipalArn': `arn:${partition}:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
          },
        },
      }),
    );
    const topic = (severity: Severity | 'parts') => {
      const made = new AlertTopic(this, severity[0]?.toUpperCase() + severity.slice(1), this.key, publishers);
      for (const address of severity === 'parts' ? [] : (emails?.[severity] ?? []))
        made.addSubscription(new EmailSubscription(address));
      return made;
    };
    const [critical, warning, info] = SEVERITIES.map(topic) as [AlertTopic, AlertTopic, AlertTopic];
    this.byName = { critical, warning, info, parts: topic('parts') };
  }
}

/** An encrypted topic per severity and one for alarms that are only parts of others, which this account's alarms may publish to. Not the channels behind it: the subscribers'. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { EncryptionKey } from '../security/encryption-key';
import type { Topics as ByName } from './alarms';
import type { Severity } from './alert';

/**
 * Who publishes. A topic's own policy and its key's must both name it, or messages vanish without an error. EventBridge would
 * need statements of its own, without a condition: its requests name no source account.
 */
const PUBLISHER = 'cloudwatch.amazonaws.com';
const PROMETHEUS = 'aps.amazonaws.com';
const SEVERITIES = ['critical', 'warning', 'info'] as const satisfies readonly Severity[];

export interface TopicsProps {
  /** Mail addresses by severity; each confirms its subscription by a mail from AWS. */
  readonly emails: Readonly<Record<Severity, readonly string[]>>;
  /** Whether a managed Prometheus publishes too. @default false */
  readonly prometheus?: boolean;
}

export class Topics extends Construct {
  readonly byName: ByName;

  constructor(scope: Construct, id: string, { emails, prometheus = false }: TopicsProps) {
    super(scope, id);
    const principals = [PUBLISHER, ...(prometheus ? [PROMETHEUS] : [])].map((name) => new ServicePrincipal(name));
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    const key = new EncryptionKey(this, 'Key', { removalPolicy: RemovalPolicy.DESTROY });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions,
      }),
    );
    // for an auto scaling group's notices; by a condition, since a new account has no such role yet
    const { account, partition } = Stack.of(this);
    key.addToResourcePolicy(
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
      const made = new Topic(this, severity[0]?.toUpperCase() + severity.slice(1), {
        masterKey: key,
        enforceSSL: true,
      });
      made.addToResourcePolicy(
        new PolicyStatement({ principals, actions: ['sns:Publish'], resources: [made.topicArn], conditions }),
      );
      for (const address of severity === 'parts' ? [] : emails[severity])
        made.addSubscription(new EmailSubscription(address));
      return made;
    };
    const [critical, warning, info] = SEVERITIES.map(topic) as [Topic, Topic, Topic];
    this.byName = { critical, warning, info, parts: topic('parts') };
  }
}

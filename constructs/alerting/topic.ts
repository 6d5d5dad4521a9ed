/** An encrypted topic that AWS's services of this account may publish alerts to. Not who hears of them: the subscribers. */
import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { EncryptionKey } from '../security/encryption-key';

/**
 * Who publishes. A topic's own policy and its key's must both name it, or messages vanish without an error. EventBridge's requests
 * name no source account, so that a condition would refuse them.
 */
const NAMING_THE_ACCOUNT = ['cloudwatch', 'budgets', 'costalerts'];
const NAMING_NONE = ['events'];

/** A statement for each kind of publisher. */
const statements = (scope: Construct, actions: readonly string[], resource: string, more: readonly string[]) => {
  const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } };
  const by = (services: readonly string[], condition: object) =>
    new PolicyStatement({
      principals: services.map((service) => new ServicePrincipal(`${service}.amazonaws.com`)),
      actions: [...actions],
      resources: [resource],
      ...condition,
    });
  return [by([...NAMING_THE_ACCOUNT, ...more], { conditions }), by(NAMING_NONE, {})];
};

/** Lets the publishers of alerts encrypt with it; once for each key. @param more services, such as 'aps' */
export function admitPublishers(key: EncryptionKey, more: readonly string[]): void {
  for (const statement of statements(key, ['kms:Decrypt', 'kms:GenerateDataKey*'], '*', more))
    key.addToResourcePolicy(statement);
}

export class AlertTopic extends Topic {
  /** @param key one that admits the publishers */
  constructor(scope: Construct, id: string, key: EncryptionKey, more: readonly string[] = []) {
    super(scope, id, { masterKey: key, enforceSSL: true });
    // a managed Prometheus looks at a topic before it publishes
    const actions = ['sns:Publish', ...(more.length > 0 ? ['sns:GetTopicAttributes'] : [])];
    for (const statement of statements(this, actions, this.topicArn, more)) this.addToResourcePolicy(statement);
  }
}

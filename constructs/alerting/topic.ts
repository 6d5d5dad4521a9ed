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
const NAMING_THE_ACCOUNT = ['cloudwatch', 'budgets', 'costalerts'].map((name) => `${name}.amazonaws.com`);
const NAMING_NONE = ['events.amazonaws.com'];

/** A statement for each kind of publisher. */
const statements = (scope: Construct, actions: readonly string[], resource: string) => {
  const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } };
  const by = (services: readonly string[], more: object) =>
    new PolicyStatement({
      principals: services.map((service) => new ServicePrincipal(service)),
      actions: [...actions],
      resources: [resource],
      ...more,
    });
  return [by(NAMING_THE_ACCOUNT, { conditions }), by(NAMING_NONE, {})];
};

/** Lets the publishers of alerts encrypt with it; once for each key. */
export function admitPublishers(key: EncryptionKey): void {
  for (const statement of statements(key, ['kms:Decrypt', 'kms:GenerateDataKey*'], '*'))
    key.addToResourcePolicy(statement);
}

export class AlertTopic extends Topic {
  /** @param key one that admits the publishers */
  constructor(scope: Construct, id: string, key: EncryptionKey) {
    super(scope, id, { masterKey: key, enforceSSL: true });
    for (const statement of statements(this, ['sns:Publish'], this.topicArn)) this.addToResourcePolicy(statement);
  }
}

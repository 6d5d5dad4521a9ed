/** The queue of jobs and its dead letters, encrypted with the data's key, over TLS only. Not who sends and takes: each asks for it. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { signal } from '../alerting/signal';
import { DeadLetterQueue } from '../storage/dead-letter-queue';

/** A message that was taken so often and never done is a dead letter. A worker that is killed counts as a try. */
const TRIES = 5;
/** A message's age goes on among the dead letters, which keep it for longer: 14 days. */
const KEPT = Duration.days(4);

export interface JobQueueProps {
  readonly encryptionKey: IKey;
  /** Keep the queues when the stack goes. @default true */
  readonly retain?: boolean;
}

export class JobQueue extends Construct {
  readonly queue: IQueue;
  readonly deadLetters: IQueue;
  readonly #key: IKey;

  constructor(scope: Construct, id: string, { encryptionKey, retain = true }: JobQueueProps) {
    super(scope, id);
    this.#key = encryptionKey;
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', { encryptionKey, retain });
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: encryptionKey,
      dataKeyReuse: Duration.hours(1), // fewer requests to KMS
      enforceSSL: true,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      retentionPeriod: KEPT,
      visibilityTimeout: Duration.seconds(60),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: TRIES },
    });
  }

  /** May put jobs into the queue, and read none. */
  allowSending(role: IRole): void {
    this.#allow(role, ['sqs:SendMessage'], ['kms:GenerateDataKey', 'kms:Decrypt']);
  }

  /** May take jobs and finish them, and put none in. */
  allowTaking(role: IRole): void {
    this.#allow(role, ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage'], ['kms:Decrypt']);
  }

  /** Not the queue's own grants: they write the role into the policy of a key that an earlier stack owns, which ends in a cycle. */
  #allow(role: IRole, actions: string[], keyActions: string[]): void {
    role.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [this.queue.queueArn] }));
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: keyActions,
        resources: [this.#key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `sqs.${Stack.of(this).region}.amazonaws.com` } },
      }),
    );
  }

  get signals() {
    const by = { period: Duration.minutes(1), statistic: 'Maximum' };
    return {
      queueAge: signal('seconds', this.queue.metricApproximateAgeOfOldestMessage(by)),
      queueDepth: signal('count', this.queue.metricApproximateNumberOfMessagesVisible(by)),
      deadLetters: signal('count', this.deadLetters.metricApproximateNumberOfMessagesVisible(by)),
    };
  }
}

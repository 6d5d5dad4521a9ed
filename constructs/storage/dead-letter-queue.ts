/** A queue for what could not be delivered: encrypted, TLS only, kept for the longest that SQS keeps. Not who puts it back. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { exempt } from '../exemptions';

export interface DeadLetterQueueProps {
  readonly encryptionKey: IKey;
  /** Keep what is in it when the stack goes. @default true */
  readonly retain?: boolean;
}

export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string, { encryptionKey, retain = true }: DeadLetterQueueProps) {
    super(scope, id, {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: encryptionKey,
      dataKeyReuse: Duration.hours(1), // fewer requests to KMS
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      redriveAllowPolicy: { redrivePermission: RedrivePermission.ALLOW_ALL }, // says that it is one itself; naming others is a cycle
    });
    exempt(this, 'deadLetters');
  }
}

/** A bucket for nobody but us: encrypted, TLS only, versioned, logged, and able to lock objects. Not what is in it or who reads it. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { exemptProvider } from '../cdk-provider';
import { exempt } from '../exemptions';

export interface PrivateBucketProps {
  /** Where access to it is logged, under `s3/`. @default nowhere, since it holds access logs itself */
  readonly accessLogs?: IBucket;
  /** Objects go after this. @default never */
  readonly expiration?: Duration;
  /** What is overwritten or deleted can be read again for this long. */
  readonly oldVersions: Duration;
  /** Of what is in it, where that is anybody's data. @default S3's own */
  readonly encryptionKey?: IKey;
  /** Keep it when the stack goes. */
  readonly retain: boolean;
}

export class PrivateBucket extends Bucket {
  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    const { accessLogs, expiration, oldVersions, encryptionKey, retain } = props;
    super(scope, id, {
      encryption: encryptionKey ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
      encryptionKey,
      bucketKeyEnabled: encryptionKey && true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      objectLockEnabled: true, // locks nothing by itself; it can't be had later
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: accessLogs && 's3/',
      lifecycleRules: [
        {
          expiration,
          noncurrentVersionExpiration: oldVersions,
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      autoDeleteObjects: !retain,
    });
    // by the property: CDK's own way is a Lambda
    (this.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    if (!encryptionKey) exempt(this, 'bucketKey');
    if (!accessLogs) exempt(this, 'ownLogs');
    if (!retain) exemptProvider(this, 'Custom::S3AutoDeleteObjects');
  }
}

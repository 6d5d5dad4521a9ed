/** Holds the releases of one region: `releases/ID.tar` and the pointer `current.json`. Not who writes them: seed and publisher. */
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export interface ReleaseBucketProps {
  /** Keep the releases when the stack goes. @default true */
  readonly retain?: boolean;
}

export class ReleaseBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { retain = true }: ReleaseBucketProps = {}) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      versioned: true, // an overwritten pointer can be read again
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [
        { noncurrentVersionExpiration: Duration.days(90), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      autoDeleteObjects: !retain,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Servers read it a few times a day with roles that CloudTrail names; access logs would add a bucket of noise.',
    });
  }

  /** Lets a server fetch the pointer and what it points to, and list nothing. */
  allowFetching(role: Role): void {
    const resources = ['current.json', 'releases/*'].map((pattern) => this.bucket.arnForObjects(pattern));
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources }));
    const logicalId = Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnBucket);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/releases/*]`,
      reason: 'The ids of later releases are not known when the template is made.',
    });
  }
}

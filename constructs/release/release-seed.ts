/** Puts the first release into a bucket at the first deployment, and never again: later releases come without a deployment. */
import { CustomResource, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CfnBucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import type { Seed } from '../../lambda/release-seed/seed';

export interface ReleaseSeedProps {
  readonly bucket: IBucket;
  /** 'archive' keeps the release as it is, for servers; 'site' unpacks its `site/` folder, for CloudFront. */
  readonly kind: Seed['kind'];
  /** The archive's path, its release id, and the sha256 of its bytes. */
  readonly release: { readonly path: string; readonly id: string; readonly sha256: string };
  readonly logRetention: RetentionDays;
}

export class ReleaseSeed extends Construct {
  /** What needs a release in the bucket depends on this. */
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, { bucket, kind, release, logRetention }: ReleaseSeedProps) {
    super(scope, id);
    const asset = new Asset(this, 'Archive', { path: release.path });
    const logGroup = new LogGroup(this, 'Logs', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    const allow = (action: string, resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions: [action], resources: [resource] }));
    allow('s3:GetObject', asset.bucket.arnForObjects(asset.s3ObjectKey));
    allow('s3:ListBucket', bucket.bucketArn); // else a missing pointer is "forbidden", not "not found"
    allow('s3:GetObject', bucket.arnForObjects(kind === 'archive' ? 'current.json' : '.releases/current.json'));
    allow('s3:PutObject', bucket.arnForObjects('*')); // and no right to delete
    bucket.encryptionKey?.grantEncryptDecrypt(role);
    const logicalId = bucket.node.defaultChild && Stack.of(this).getLogicalId(bucket.node.defaultChild as CfnBucket);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/*]`,
      reason: 'Names of the files in a release change with their contents.',
    });
    const handler = new LambdaFunction(this, 'Handler', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromAsset('dist/lambda/release-seed'),
      memorySize: 512,
      timeout: Duration.minutes(5),
      role,
      logGroup,
    });
    const { id: releaseId, sha256 } = release;
    this.resource = new CustomResource(this, 'Seed', {
      serviceToken: handler.functionArn,
      resourceType: 'Custom::ReleaseSeed',
      serviceTimeout: Duration.minutes(6), // a crash must not hold the deployment for an hour
      properties: {
        kind,
        bucket: bucket.bucketName,
        source: { bucket: asset.s3BucketName, key: asset.s3ObjectKey },
        id: releaseId,
        sha256,
      } satisfies Seed,
    });
    this.resource.node.addDependency(role); // with its policy
  }
}

/** Puts the first release into a bucket at the first deployment, and never again: later releases come without a deployment. */
import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { CfnBucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Seed } from '../../lambda/release-seed/seed';
import { exempt } from '../exemptions';
import { Logs, type LogsProps } from '../storage/logs';

export interface ReleaseSeedProps extends LogsProps {
  readonly bucket: IBucket;
  /** 'archive' keeps the release as it is, for servers; 'site' unpacks its `site/` folder, for CloudFront. */
  readonly kind: Seed['kind'];
  /** The archive's path, its release id, and the sha256 of its bytes. */
  readonly release: { readonly path: string; readonly id: string; readonly sha256: string };
  /** Hears of a call that was given up. */
  readonly failures: ITopic;
}

export class ReleaseSeed extends Construct {
  /** What needs a release in the bucket depends on this. */
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: ReleaseSeedProps) {
    super(scope, id);
    const { bucket, kind, release, failures } = props;
    const asset = new Asset(this, 'Archive', { path: release.path });
    const logGroup = new Logs(this, 'Logs', props);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    const allow = (actions: string | string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions: [actions].flat(), resources: [resource] }));
    allow('s3:GetObject', asset.bucket.arnForObjects(asset.s3ObjectKey));
    allow('s3:ListBucket', bucket.bucketArn); // else a missing pointer is "forbidden", not "not found"
    allow('s3:GetObject', bucket.arnForObjects(kind === 'archive' ? 'current.json' : '.releases/current.json'));
    allow('s3:PutObject', bucket.arnForObjects('*')); // and no right to delete
    allow('sns:Publish', failures.topicArn);
    if (failures.masterKey) allow(['kms:Decrypt', 'kms:GenerateDataKey'], failures.masterKey.keyArn);
    allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*');
    const logicalId = bucket.node.defaultChild && Stack.of(this).getLogicalId(bucket.node.defaultChild as CfnBucket);
    exempt(role, 'wildcard', 'Resource::*', `Resource::<${logicalId}.Arn>/*`);
    const handler = new LambdaFunction(this, 'Handler', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromAsset('dist/lambda/release-seed'),
      memorySize: 512,
      timeout: Duration.minutes(5),
      // by its ARN: CDK would write the dependency that the property makes a second time
      role: Role.fromRoleArn(this, 'HandlerRole', role.roleArn, { mutable: false }),
      logGroup,
      tracing: Tracing.ACTIVE,
      deadLetterTopic: failures,
    });
    exempt(handler, 'outsideNetwork');
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

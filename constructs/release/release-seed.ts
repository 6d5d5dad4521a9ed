/** Puts the first release into a fleet's bucket at the first deployment, and never again: later releases come without a deployment. */
import { CustomResource, Duration } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { POINTER_KEY, type Seed } from '../../lambda/release-seed/seed';
import { type ReleaseFunctionProps, releaseFunction } from './release-function';

export interface ReleaseSeedProps extends ReleaseFunctionProps {
  readonly bucket: IBucket;
  /** The archive's path, its release id, and the sha256 of its bytes. */
  readonly release: { readonly path: string; readonly id: string; readonly sha256: string };
}

export class ReleaseSeed extends Construct {
  /** What needs a release in the bucket depends on this. */
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: ReleaseSeedProps) {
    super(scope, id);
    const { bucket, release } = props;
    const asset = new Asset(this, 'Archive', { path: release.path });
    const { handler, role } = releaseFunction(this, props, {
      code: 'release-seed',
      timeout: Duration.minutes(5),
      buckets: [bucket],
      allow: [
        ['s3:GetObject', asset.bucket.arnForObjects(asset.s3ObjectKey)],
        ['s3:ListBucket', bucket.bucketArn], // else a missing pointer is "forbidden", not "not found"
        ['s3:GetObject', bucket.arnForObjects(POINTER_KEY)],
        ['s3:PutObject', bucket.arnForObjects('*')], // and no right to delete
      ],
    });
    const { id: releaseId, sha256 } = release;
    this.resource = new CustomResource(this, 'Seed', {
      serviceToken: handler.functionArn,
      resourceType: 'Custom::ReleaseSeed',
      serviceTimeout: Duration.minutes(6), // a crash must not hold the deployment for an hour
      properties: {
        bucket: bucket.bucketName,
        source: { bucket: asset.s3BucketName, key: asset.s3ObjectKey },
        id: releaseId,
        sha256,
      } satisfies Seed,
    });
    this.resource.node.addDependency(role); // with its policy
  }
}

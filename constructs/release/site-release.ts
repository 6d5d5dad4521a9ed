/** Publishes the built site into its bucket with a deployment: the first one, and later ones until somebody publishes without a deployment. */
import { CustomResource, Duration } from 'aws-cdk-lib';
import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import type { SiteProperties } from '../../lambda/release-publisher/deployment';
import { publisherGrants } from './publisher-grants';
import { type ReleaseFunctionProps, releaseFunction } from './release-function';

export interface SiteReleaseProps extends ReleaseFunctionProps {
  readonly bucket: IBucket;
  /** Get the same tree. Billed as storage and requests. @default none */
  readonly replicas?: readonly IBucket[];
  /** What changed is invalidated there; the first 1,000 paths a month are free. */
  readonly distribution: IDistribution;
  /** Folder of the built site. */
  readonly site: string;
  /** Releases that can be rolled back to, the new one included. @default 3 */
  readonly keep?: number;
  /** Files of a release stay for so long after it was replaced: an open tab still asks for them. @default 7 days */
  readonly pruneAfter?: Duration;
  /** Leave the site where it is when the stack goes. @default true */
  readonly retain?: boolean;
}

export class SiteRelease extends Construct {
  constructor(scope: Construct, id: string, props: SiteReleaseProps) {
    super(scope, id);
    const { bucket, replicas = [], distribution, site, keep = 3, pruneAfter = Duration.days(7), retain = true } = props;
    const asset = new Asset(this, 'Site', { path: site });
    const { distributionId } = distribution;
    const buckets = [bucket, ...replicas];
    const { handler, role } = releaseFunction(this, props, {
      code: 'release-publisher',
      timeout: Duration.minutes(15), // Lambda's longest
      buckets,
      allow: [
        ['s3:GetObject', asset.bucket.arnForObjects(asset.s3ObjectKey)],
        ...publisherGrants(this, buckets, distribution),
      ],
    });
    const resource = new CustomResource(this, 'Release', {
      serviceToken: handler.functionArn,
      resourceType: 'Custom::SiteRelease',
      serviceTimeout: Duration.minutes(16), // a crash must not hold the deployment for an hour
      properties: {
        bucket: bucket.bucketName,
        replicas: replicas.map((each) => each.bucketName),
        distribution: distributionId,
        source: { bucket: asset.s3BucketName, key: asset.s3ObjectKey },
        keep: `${keep}`,
        pruneAfterSeconds: `${pruneAfter.toSeconds()}`,
        retain: `${retain}`,
      } satisfies SiteProperties,
    });
    resource.node.addDependency(role); // with its policy
  }
}

/** What whoever publishes a site may do: write its buckets, and invalidate its distribution. Nothing else. */
import { Stack } from 'aws-cdk-lib';
import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import type { CfnBucket, IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** Each action on its resource. */
export type Grant = readonly [actions: string | string[], resource: string];

const OBJECTS = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'];

export const publisherGrants = (
  scope: Construct,
  buckets: readonly IBucket[],
  { distributionId }: IDistribution,
): readonly Grant[] => [
  [
    'cloudfront:CreateInvalidation',
    Stack.of(scope).formatArn({
      service: 'cloudfront',
      region: '',
      resource: 'distribution',
      resourceName: distributionId,
    }),
  ],
  ...buckets.flatMap((bucket): Grant[] => [
    ['s3:ListBucket', bucket.bucketArn],
    [OBJECTS, bucket.arnForObjects('*')],
  ]),
];

/** How cdk-nag names "any object" of a bucket. */
export function anyObject(scope: Construct, bucket: IBucket): string {
  const resource = bucket.node.defaultChild as CfnBucket | undefined;
  return `Resource::<${resource && Stack.of(scope).getLogicalId(resource)}.Arn>/*`;
}

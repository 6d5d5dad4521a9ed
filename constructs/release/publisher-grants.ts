/** What whoever publishes a site may do: write its buckets, and invalidate its distribution. Nothing else. */
import { Stack } from 'aws-cdk-lib';
import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { exemptAtSynthesis } from '../exemptions';
import { wildcardFinding } from './group-arn';

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

/** Any object of a bucket is what a publisher writes. */
export function exemptAnyObject(role: Role, buckets: readonly IBucket[]): void {
  exemptAtSynthesis(role, 'wildcard', () => buckets.map((bucket) => wildcardFinding(role, bucket.arnForObjects('*'))));
}

/** A copy of the site's files, with the publisher's record of them, which no visitor reads. Not who writes it: the publisher alone. */
import { Duration, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { exempt } from '../exemptions';
import { PrivateBucket, type PrivateBucketProps } from '../storage/private-bucket';

const CLOUDFRONT = new ServicePrincipal('cloudfront.amazonaws.com');

export class SiteBucket extends PrivateBucket {
  constructor(scope: Construct, id: string, props: Required<Pick<PrivateBucketProps, 'accessLogs' | 'retain'>>) {
    super(scope, id, { ...props, oldVersions: Duration.days(90) });
    // a rule of the bucket, since a path can be written in more ways (%2E, %2F) than a function at the edge would know
    this.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [CLOUDFRONT],
        actions: ['s3:GetObject'],
        resources: [this.arnForObjects('.releases/*')],
      }),
    );
  }

  /** Tells the distribution of a missing file by 404 instead of 403. */
  allowListing(distributionArn: string): void {
    this.#allow(['s3:ListBucket'], this.bucketArn, 'StringEquals', distributionArn);
  }

  /** Lets every distribution of the account read it: the one that does stands in a later stack, which names this bucket. */
  allowDistributions(): void {
    const { account, partition } = Stack.of(this);
    const distributions = `arn:${partition}:cloudfront::${account}:distribution/*`;
    this.#allow(['s3:GetObject'], this.arnForObjects('*'), 'ArnLike', distributions);
    this.#allow(['s3:ListBucket'], this.bucketArn, 'ArnLike', distributions);
  }

  #allow(actions: string[], resource: string, operator: 'StringEquals' | 'ArnLike', source: string): void {
    this.addToResourcePolicy(
      new PolicyStatement({
        principals: [CLOUDFRONT],
        actions,
        resources: [resource],
        conditions: { [operator]: { 'AWS:SourceArn': source } },
      }),
    );
  }

  /** Lets a server copy it. */
  allowCopying(role: Role): void {
    role.addToPolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucketArn] }));
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [this.arnForObjects('*')] }));
    const logicalId = Stack.of(this).getLogicalId(this.node.defaultChild as CfnBucket);
    exempt(role, 'wildcard', `Resource::<${logicalId}.Arn>/*`);
  }
}

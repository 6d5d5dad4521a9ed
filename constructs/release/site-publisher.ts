/** The role in which a workflow of GitHub publishes the site, without a key. GitHub's identity provider is the account's, and made once by hand. */
import { Stack } from 'aws-cdk-lib';
import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import { PolicyStatement, Role, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { exemptAnyObject, publisherGrants } from './publisher-grants';

const GITHUB = 'token.actions.githubusercontent.com';

export interface SitePublisherProps {
  /** On GitHub, 'owner/name'. */
  readonly repository: string;
  /** GitHub's environment that the workflow's job names: its protection rules decide who publishes. */
  readonly environment: string;
  readonly bucket: IBucket;
  /** Copies of the site. @default none */
  readonly replicas?: readonly IBucket[];
  readonly distribution: IDistribution;
}

export class SitePublisher extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: SitePublisherProps) {
    super(scope, id);
    const { repository, environment, bucket, replicas = [], distribution } = props;
    const buckets = [bucket, ...replicas];
    const provider = Stack.of(this).formatArn({
      service: 'iam',
      region: '',
      resource: 'oidc-provider',
      resourceName: GITHUB,
    });
    this.role = new Role(this, 'Role', {
      description: `Publishes the site from ${repository}`,
      assumedBy: new WebIdentityPrincipal(provider, {
        StringEquals: {
          [`${GITHUB}:aud`]: 'sts.amazonaws.com',
          [`${GITHUB}:sub`]: `repo:${repository}:environment:${environment}`,
        },
      }),
    });
    for (const [actions, resource] of publisherGrants(this, buckets, distribution))
      this.role.addToPolicy(new PolicyStatement({ actions: [actions].flat(), resources: [resource] }));
    exemptAnyObject(this.role, buckets);
  }
}

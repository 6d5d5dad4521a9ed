import { Template } from 'aws-cdk-lib/assertions';
import { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { SitePublisher } from '../../constructs/release/site-publisher';
import { testStack } from '../support/stack';

function template() {
  const stack = testStack('us-east-1');
  const bucket = new Bucket(stack, 'Bucket');
  new SitePublisher(stack, 'Publisher', {
    repository: 'acme/shop',
    environment: 'production',
    bucket,
    replicas: [new Bucket(stack, 'Replica')],
    distribution: new Distribution(stack, 'Distribution', {
      defaultBehavior: { origin: S3BucketOrigin.withOriginAccessControl(bucket) },
    }),
  });
  return Template.fromStack(stack);
}

describe('the role of the workflow that publishes', () => {
  it('is for one environment of one repository, by name, and no other identity', () => {
    const [{ Properties: role }] = Object.values(template().findResources('AWS::IAM::Role')) as [
      { Properties: { AssumeRolePolicyDocument: { Statement: unknown[] } } },
    ];
    expect(role.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Action: 'sts:AssumeRoleWithWebIdentity',
        Effect: 'Allow',
        Principal: { Federated: expect.anything() },
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': 'repo:acme/shop:environment:production',
          },
        },
      },
    ]);
  });

  it('may write the site and its copies and invalidate it, and nothing else', () => {
    const [policy] = Object.values(template().findResources('AWS::IAM::Policy'));
    const statements = policy?.Properties.PolicyDocument.Statement as {
      Action: string | string[];
      Resource: unknown;
    }[];
    const named = statements.map(({ Action, Resource }) => `${Action} on ${JSON.stringify(Resource)}`);
    expect(named).toEqual([
      expect.stringMatching(/^cloudfront:CreateInvalidation on .*:distribution\/.*"Distribution[^*]*$/),
      expect.stringMatching(/^s3:ListBucket on .*"Bucket\w+","Arn".*"Replica\w+","Arn"[^*]*$/),
      expect.stringMatching(
        /^s3:AbortMultipartUpload,s3:DeleteObject,s3:GetObject,s3:PutObject on .*"Bucket\w+","Arn"\]},"\/\*.*"Replica\w+","Arn"\]},"\/\*/,
      ),
    ]);
  });
});

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { SiteRelease, type SiteReleaseProps } from '../../constructs/release/site-release';
import { testStack, testTopics } from '../support/stack';

const site = mkdtempSync(join(tmpdir(), 'holdfast-site-'));
writeFileSync(join(site, 'index.html'), 'page');

function template(props: Partial<SiteReleaseProps> = {}) {
  const stack = testStack('us-east-1');
  const bucket = new Bucket(stack, 'Bucket');
  const replica = new Bucket(stack, 'Replica');
  new SiteRelease(stack, 'Site', {
    bucket,
    replicas: [replica],
    distribution: new Distribution(stack, 'Distribution', {
      defaultBehavior: { origin: S3BucketOrigin.withOriginAccessControl(bucket) },
    }),
    site,
    logRetention: RetentionDays.ONE_YEAR,
    logKey: new Key(stack, 'Key'),
    failures: testTopics(stack).warning,
    ...props,
  });
  return Template.fromStack(stack);
}

describe('the release of a site', () => {
  it('hands the handler the zip, the buckets and the distribution', () => {
    template().hasResourceProperties('Custom::SiteRelease', {
      bucket: { Ref: Match.stringLikeRegexp('^Bucket') },
      replicas: [{ Ref: Match.stringLikeRegexp('^Replica') }],
      distribution: { Ref: Match.stringLikeRegexp('^Distribution') },
      source: { bucket: Match.anyValue(), key: Match.stringLikeRegexp('^[0-9a-f]{64}\\.zip$') },
    });
  });

  it('keeps three releases and a week of files, and leaves the site when it goes, unless told otherwise', () => {
    template().hasResourceProperties('Custom::SiteRelease', { keep: '3', pruneAfterSeconds: '604800', retain: 'true' });
    template({ keep: 5, pruneAfter: Duration.hours(1), retain: false }).hasResourceProperties('Custom::SiteRelease', {
      keep: '5',
      pruneAfterSeconds: '3600',
      retain: 'false',
    });
  });

  it('may write its buckets and invalidate its distribution, and nothing else', () => {
    const actions = Object.values(template().findResources('AWS::IAM::Policy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as { Action: string | string[] }[])
      .flatMap(({ Action }) => Action);
    const own = [...new Set(actions)].filter((action) => !/^(logs|kms|sns|xray):/.test(action)).sort();
    expect(own).toEqual([
      'cloudfront:CreateInvalidation',
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
    ]);
  });

  it('has the memory and the time that 20,000 files were measured with', () => {
    template().hasResourceProperties('AWS::Lambda::Function', { MemorySize: 512, Timeout: 900 });
    template().hasResourceProperties('Custom::SiteRelease', { ServiceTimeout: '960' });
  });
});

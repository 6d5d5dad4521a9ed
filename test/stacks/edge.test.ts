/** What viewers of production meet. The function before the site's cache has a test of its own. */
import { readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { TEMPLATES } from '../support/assemblies';
import { properties, stackTemplate } from '../support/stack';

const prod = stackTemplate('prod', 'Edge');
const config = properties(prod, 'AWS::CloudFront::Distribution')[0].DistributionConfig;
const { DefaultCacheBehavior: site, CacheBehaviors: backend } = config;
const policiesOf = (bucket: string) =>
  properties(prod, 'AWS::S3::BucketPolicy')
    .filter(({ Bucket }) => Bucket.Ref.startsWith(bucket))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);

const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_VIEWER_AND_CLOUDFRONT = '33f36d7e-f396-46d9-90e0-52428a34d9dc';

describe('the site', () => {
  it('is read from its bucket by this distribution alone', () => {
    prod.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
      OriginAccessControlConfig: Match.objectLike({ SigningBehavior: 'always', SigningProtocol: 'sigv4' }),
    });
    const allowed = policiesOf('SiteBucket').filter(({ Effect }) => Effect === 'Allow');
    expect(allowed.map(({ Action }) => Action).sort()).toEqual(['s3:GetObject', 's3:ListBucket']);
    for (const { Condition } of allowed)
      expect(JSON.stringify(Condition)).toMatch(/"AWS:SourceArn":.*:distribution\/.*"Ref":"SiteDistribution/);
  });

  it('hides the record of its releases, however the path is spelled', () => {
    const [denied] = policiesOf('SiteBucket').filter(
      ({ Effect, Principal }) => Effect === 'Deny' && Principal.Service === 'cloudfront.amazonaws.com',
    );
    expect(JSON.stringify(denied.Resource)).toContain('/.releases/*');
  });

  it('is compressed, over HTTP/2 and HTTP/3, with TLS 1.2 or newer', () => {
    expect(site).toMatchObject({ Compress: true, ViewerProtocolPolicy: 'redirect-to-https' });
    expect(config.HttpVersion).toBe('http2and3');
    expect(config.ViewerCertificate).toMatchObject({
      MinimumProtocolVersion: 'TLSv1.2_2021',
      SslSupportMethod: 'sni-only',
    });
  });

  it('is logged into a bucket that CloudFront may write to', () => {
    prod.hasResourceProperties('AWS::Logs::DeliverySource', { LogType: 'ACCESS_LOGS' });
    prod.resourceCountIs('AWS::Logs::Delivery', 1);
    expect(
      policiesOf('SiteAccessLogs').some(({ Principal }) => Principal.Service === 'delivery.logs.amazonaws.com'),
    ).toBe(true);
  });
});

describe('the tiers of the site', () => {
  const members = (environment: string) => {
    const [{ DistributionConfig }] = properties(stackTemplate(environment, 'Edge'), 'AWS::CloudFront::Distribution');
    const [group] = DistributionConfig.OriginGroups.Items;
    expect(DistributionConfig.DefaultCacheBehavior.TargetOriginId).toBe(group.Id);
    expect(group.FailoverCriteria.StatusCodes.Items).toEqual([500, 502, 503, 504]);
    return group.Members.Items.map(({ OriginId }: { OriginId: string }) =>
      DistributionConfig.Origins.find(({ Id }: { Id: string }) => Id === OriginId),
    );
  };

  it('are the bucket and its copy in the second region, where there is one', () => {
    const [first, second, ...more] = members('prod');
    expect(more).toEqual([]);
    expect(first.DomainName['Fn::GetAtt']).toEqual([expect.stringMatching(/^SiteBucket/), 'RegionalDomainName']);
    expect(second.DomainName['Fn::GetStackOutput']).toMatchObject({
      StackName: 'Holdfast-prod-RecoveryBase',
      Region: 'eu-central-1',
    });
    for (const { OriginAccessControlId } of [first, second]) expect(OriginAccessControlId).toBeDefined();
  });

  it('are the bucket and the servers, where there is none', () => {
    const [first, second, ...more] = members('dev');
    expect(more).toEqual([]);
    expect(first.S3OriginConfig).toBeDefined();
    expect(second.VpcOriginConfig).toBeDefined();
  });

  it('are not the backend’s: its errors reach whoever asked', () => {
    const groups = config.OriginGroups.Items.map(({ Id }: { Id: string }) => Id);
    for (const { TargetOriginId } of backend) expect(groups).not.toContain(TargetOriginId);
    expect(config.CustomErrorResponses).toBeUndefined();
  });

  it('are written by the publisher alone, each region of them', () => {
    const [{ bucket, replicas }] = properties(prod, 'Custom::SiteRelease');
    expect(bucket).toEqual({ Ref: expect.stringMatching(/^SiteBucket/) });
    expect(replicas[0]['Fn::GetStackOutput']).toMatchObject({ Region: 'eu-central-1' });
    for (const { stack, template } of TEMPLATES.filter(({ environment }) => environment === 'prod'))
      if (stack !== 'Edge') expect(JSON.stringify(template)).not.toMatch(/GetStackOutput[^}]*RecoveryBase[^}]*Site/);
  });
});

describe('the copy in the second region', () => {
  const base = stackTemplate('prod', 'RecoveryBase');
  const policy = properties(base, 'AWS::S3::BucketPolicy')
    .filter(({ Bucket }) => Bucket.Ref.startsWith('Site'))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);

  it('is read by distributions of this account, and by nobody else', () => {
    const allowed = policy.filter(({ Effect }) => Effect === 'Allow');
    expect(allowed.map(({ Action }) => Action)).toEqual(['s3:GetObject', 's3:ListBucket']);
    for (const { Condition, Principal } of allowed) {
      expect(Principal).toEqual({ Service: 'cloudfront.amazonaws.com' });
      expect(JSON.stringify(Condition)).toMatch(/"ArnLike":.*:cloudfront::.*"AWS::AccountId".*:distribution\/\*/);
    }
  });

  it('hides the record of its releases too', () => {
    const denied = policy.find(
      ({ Effect, Principal }) => Effect === 'Deny' && Principal.Service === 'cloudfront.amazonaws.com',
    );
    expect(JSON.stringify(denied.Resource)).toContain('/.releases/*');
  });

  it('copies nothing by itself: replication keeps no order', () => {
    expect(properties(base, 'AWS::S3::Bucket').map(({ ReplicationConfiguration }) => ReplicationConfiguration)).toEqual(
      [undefined, undefined],
    );
  });
});

describe('the backend behind the edge', () => {
  it('has /api, /ws and /health, never cached, with all that the viewer sent', () => {
    expect(backend.map(({ PathPattern }: { PathPattern: string }) => PathPattern)).toEqual([
      '/api/*',
      '/ws',
      '/health',
    ]);
    for (const behavior of backend) {
      expect(behavior).toMatchObject({
        CachePolicyId: CACHING_DISABLED,
        OriginRequestPolicyId: ALL_VIEWER_AND_CLOUDFRONT,
        ViewerProtocolPolicy: 'redirect-to-https',
      });
      expect(behavior.AllowedMethods).toContain('POST');
    }
  });

  it('never passes the function that turns a path into the page', () => {
    expect(site.FunctionAssociations).toHaveLength(1);
    for (const behavior of backend) expect(behavior.FunctionAssociations).toBeUndefined();
  });
});

it('sends the table of security headers with everything', () => {
  const table = JSON.parse(readFileSync('app/server/security-headers.json', 'utf8'));
  prod.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
    ResponseHeadersPolicyConfig: {
      SecurityHeadersConfig: {
        ContentSecurityPolicy: { ContentSecurityPolicy: table['Content-Security-Policy'], Override: true },
        ContentTypeOptions: { Override: true },
        FrameOptions: { FrameOption: table['X-Frame-Options'], Override: true },
        ReferrerPolicy: { ReferrerPolicy: table['Referrer-Policy'], Override: true },
        StrictTransportSecurity: { AccessControlMaxAgeSec: 31536000, IncludeSubdomains: true, Override: true },
        XSSProtection: { Protection: false, Override: true },
      },
    },
  });
  for (const behavior of [site, ...backend]) expect(behavior.ResponseHeadersPolicyId).toBeDefined();
});

it('counts the requests of an address over 5 minutes, and logs without credentials', () => {
  prod.hasResourceProperties('AWS::WAFv2::WebACL', {
    Scope: 'CLOUDFRONT',
    Rules: Match.arrayWith([
      Match.objectLike({
        Statement: { RateBasedStatement: Match.objectLike({ Limit: 2000, EvaluationWindowSec: 300 }) },
      }),
    ]),
  });
  prod.hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
    RedactedFields: Match.arrayWith([
      { SingleHeader: { Name: 'authorization' } },
      { SingleHeader: { Name: 'cookie' } },
    ]),
  });
  expect(config.WebACLId).toBeDefined();
});

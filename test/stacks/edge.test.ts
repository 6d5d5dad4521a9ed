/** What viewers of production meet, and the function that runs before the site's cache. */
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { Match } from 'aws-cdk-lib/assertions';
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

describe('the function before the cache', () => {
  const code = readFileSync('constructs/edge/page-function.js', 'utf8');
  const asked = (uri: string): string => runInNewContext(`${code}\nhandler({ request: { uri } }).uri`, { uri });

  it.each([
    ['/', '/index.html'],
    ['/login', '/index.html'],
    ['/users/42/', '/index.html'],
    ['/index.html', '/index.html'],
    ['/assets/app-1a2b.js', '/assets/app-1a2b.js'],
    ['/health.txt', '/health.txt'],
    ['/v1.2/users', '/index.html'],
  ])('makes %s into %s', (uri, expected) => {
    expect(asked(uri)).toBe(expected);
  });
});

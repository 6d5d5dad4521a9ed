import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Balancer, type BalancerProps } from '../../constructs/backend/balancer';
import { testStack, testVpc } from '../support/stack';

function balancer({ direct = false, ...props }: Partial<BalancerProps> & { direct?: boolean } = {}) {
  const stack = testStack();
  const made = new Balancer(stack, 'Balancer', {
    vpc: testVpc(stack),
    certificate: direct
      ? Certificate.fromCertificateArn(stack, 'Cert', 'arn:aws:acm:eu-west-1:111111111111:certificate/a')
      : undefined,
    cloudFrontPrefixList: 'pl-4fa04526',
    algorithm: 'least-outstanding',
    drain: Duration.seconds(30),
    accessLogRetention: Duration.days(30),
    ...props,
  });
  return { made, template: Template.fromStack(stack) };
}

const attributes = (type: string, template: Template) =>
  Object.values(template.findResources(type)).flatMap(
    ({ Properties }) => Properties.LoadBalancerAttributes ?? Properties.TargetGroupAttributes,
  );

const internal = balancer();

describe('a balancer without a certificate', () => {
  const { template } = internal;

  it('is internal and speaks plain HTTP', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Protocol: 'HTTP', Port: 80 });
  });

  it('admits CloudFront and nobody else', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
    const rules = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress'));
    expect(
      rules.map(({ Properties }) => [Properties.SourcePrefixListId, Properties.FromPort, Properties.CidrIp]),
    ).toEqual([['pl-4fa04526', 80, undefined]]);
  });
});

describe('a balancer with a certificate', () => {
  const { template } = balancer({ direct: true });

  it('forwards HTTPS only, with TLS 1.2 or newer and post-quantum key exchange', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Protocol: 'HTTPS',
      SslPolicy: Match.stringLikeRegexp('TLS13-1-2.*PQ'),
      DefaultActions: [Match.objectLike({ Type: 'forward' })],
    });
  });

  it('sends plain HTTP to HTTPS', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Protocol: 'HTTP',
      DefaultActions: [Match.objectLike({ Type: 'redirect', RedirectConfig: Match.objectLike({ Protocol: 'HTTPS' }) })],
    });
  });
});

describe('every balancer', () => {
  const { template } = balancer({ sticky: Duration.hours(1), algorithm: 'round-robin' });

  it('asks for shallow health, so that a database failover ends no server', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { HealthCheckPath: '/livez' });
  });

  it('drops malformed headers and refuses to be deleted', () => {
    expect(attributes('AWS::ElasticLoadBalancingV2::LoadBalancer', template)).toEqual(
      expect.arrayContaining([
        { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
        { Key: 'deletion_protection.enabled', Value: 'true' },
        { Key: 'access_logs.s3.enabled', Value: 'true' },
      ]),
    );
  });

  it('shares the load, drains and sticks as it is told', () => {
    expect(attributes('AWS::ElasticLoadBalancingV2::TargetGroup', template)).toEqual(
      expect.arrayContaining([
        { Key: 'load_balancing.algorithm.type', Value: 'round_robin' },
        { Key: 'deregistration_delay.timeout_seconds', Value: '30' },
        { Key: 'stickiness.lb_cookie.duration_seconds', Value: '3600' },
      ]),
    );
  });

  it('picks servers as it is told, and sticks to none by itself', () => {
    const { template: other } = balancer({ algorithm: 'weighted-random' });
    const of = (key: string, ...templates: readonly Template[]) =>
      templates
        .flatMap((each) => attributes('AWS::ElasticLoadBalancingV2::TargetGroup', each))
        .filter(({ Key }) => Key === key)
        .map(({ Value }) => Value);
    expect(of('load_balancing.algorithm.type', template, internal.template, other)).toEqual([
      'round_robin',
      'least_outstanding_requests',
      'weighted_random',
    ]);
    expect(of('stickiness.enabled', template, other)).toEqual(['true', 'false']);
  });

  it('keeps access logs under the only encryption that balancers can write to', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
      },
    });
  });

  it('can be deleted with its logs where nothing is retained', () => {
    const { template: dev } = balancer({ retain: false });
    dev.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
    expect(attributes('AWS::ElasticLoadBalancingV2::LoadBalancer', dev)).toContainEqual({
      Key: 'deletion_protection.enabled',
      Value: 'false',
    });
  });
});

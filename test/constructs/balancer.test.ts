import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ListenerAction } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Balancer, type BalancerProps } from '../../constructs/backend/balancer';
import { properties, testStack, testVpc } from '../support/stack';

function balancer({ direct = false, ...props }: Partial<BalancerProps> & { direct?: boolean } = {}) {
  const stack = testStack();
  const made = new Balancer(stack, 'Balancer', {
    vpc: testVpc(stack),
    publicName: direct
      ? {
          name: 'www.example.com',
          certificate: Certificate.fromCertificateArn(
            stack,
            'Cert',
            'arn:aws:acm:eu-west-1:111111111111:certificate/a',
          ),
          testsFrom: ['192.0.2.1', '192.0.2.2'],
        }
      : undefined,
    cloudFrontPrefixList: 'pl-4fa04526',
    accessLogRetention: Duration.days(30),
    ...props,
  });
  made.listener.addAction('Default', { action: ListenerAction.fixedResponse(503) }); // a service does so
  return { made, template: Template.fromStack(stack) };
}

const attributes = (template: Template) =>
  properties(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer').flatMap(
    ({ LoadBalancerAttributes }) => LoadBalancerAttributes,
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
  const { made, template } = balancer({ direct: true });

  it('takes HTTPS only, with TLS 1.2 or newer and post-quantum key exchange', () => {
    for (const Port of [443, 9000])
      template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
        Port,
        Protocol: 'HTTPS',
        SslPolicy: Match.stringLikeRegexp('TLS13-1-2.*PQ'),
      });
  });

  it('is tested from the network’s own way out and from nowhere else', () => {
    const [{ SecurityGroupIngress: rules }] = properties(template, 'AWS::EC2::SecurityGroup');
    const tests = rules.filter(({ FromPort }: { FromPort: number }) => FromPort === 9000);
    expect(tests.map(({ CidrIp }: { CidrIp: string }) => CidrIp)).toEqual(['192.0.2.1/32', '192.0.2.2/32']);
  });

  it('is tested by the name that its certificate has', () => {
    expect(made.test).toEqual({ url: expect.stringMatching(/^https:.*:9000$/), serverName: 'www.example.com' });
  });

  it('sends plain HTTP to HTTPS', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Protocol: 'HTTP',
      DefaultActions: [Match.objectLike({ Type: 'redirect', RedirectConfig: Match.objectLike({ Protocol: 'HTTPS' }) })],
    });
  });
});

describe('every balancer', () => {
  const { template } = internal;

  it('answers tests with 404 unless they name a group of servers', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 9000,
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
    });
  });

  it('drops malformed headers and refuses to be deleted', () => {
    expect(attributes(template)).toEqual(
      expect.arrayContaining([
        { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
        { Key: 'deletion_protection.enabled', Value: 'true' },
        { Key: 'access_logs.s3.enabled', Value: 'true' },
      ]),
    );
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
    expect(attributes(dev)).toContainEqual({
      Key: 'deletion_protection.enabled',
      Value: 'false',
    });
  });
});

/** Who reaches the balancer: `edge.directAccess` in both shapes, 'never' as in development, 'failover' as in production. */
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { environment } from '../../lib/config';
import { TEMPLATES } from '../support/assemblies';
import { properties, stackTemplate } from '../support/stack';

const ingress = (template: Template) => [
  ...Object.entries(template.findResources('AWS::EC2::SecurityGroup'))
    .filter(([id]) => id.startsWith('Balancer'))
    .flatMap(([, { Properties }]) => Properties.SecurityGroupIngress ?? []),
  ...Object.entries(template.findResources('AWS::EC2::SecurityGroupIngress'))
    .filter(([id]) => id.startsWith('Balancer'))
    .map(([, { Properties }]) => Properties),
];
const origins = (template: Template) =>
  properties(template, 'AWS::CloudFront::Distribution')[0].DistributionConfig.Origins;
const ORIGIN = '{{resolve:secretsmanager:holdfast/prod/origin:SecretString:current::}}';

describe("'never'", () => {
  const backend = stackTemplate('dev', 'Backend');
  const edge = stackTemplate('dev', 'Edge');

  it('has an internal balancer that speaks plain HTTP', () => {
    backend.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
    const listeners = properties(backend, 'AWS::ElasticLoadBalancingV2::Listener');
    expect(listeners.map(({ Protocol, Port }) => [Protocol, Port])).toEqual([
      ['HTTP', 80],
      ['HTTP', 9000],
    ]);
  });

  it('admits CloudFront by its list of addresses, at one port: the list takes 55 of 60 rules', () => {
    expect(ingress(backend)).toHaveLength(1);
    expect(ingress(backend)[0]).toMatchObject({ SourcePrefixListId: 'pl-4fa04526', FromPort: 80, ToPort: 80 });
  });

  it('is reached through a VPC origin of CloudFront', () => {
    edge.hasResourceProperties('AWS::CloudFront::VpcOrigin', {
      VpcOriginEndpointConfig: Match.objectLike({ OriginProtocolPolicy: 'http-only' }),
    });
    expect(origins(edge)[1]).toMatchObject({ VpcOriginConfig: { OriginReadTimeout: 40 } });
  });

  it('needs no secret, no certificate and no name', () => {
    backend.resourceCountIs('AWS::CertificateManager::Certificate', 0);
    backend.resourceCountIs('AWS::Route53::RecordSet', 0);
    expect(JSON.stringify(origins(edge))).not.toContain('X-Origin-Secret');
    expect(JSON.stringify(backend.toJSON())).not.toContain('ORIGIN_SECRET');
  });
});

describe("'failover'", () => {
  const backend = stackTemplate('prod', 'Backend');
  const edge = stackTemplate('prod', 'Edge');

  it('has a public balancer, open at 443 and at 80, which leads to 443, and to tests from its own network at 9000', () => {
    backend.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internet-facing' });
    const open = ingress(backend).map(({ CidrIp, ToPort }) => [CidrIp, ToPort]);
    expect(open.filter(([, port]) => port !== 9000)).toEqual([
      ['0.0.0.0/0', 443],
      ['0.0.0.0/0', 80],
    ]);
    const tests = open.filter(([, port]) => port === 9000).map(([from]) => JSON.stringify(from));
    expect(tests).toHaveLength(environment('prod').network.natGateways);
    for (const from of tests) expect(from).toMatch(/EIP\w*PublicIp.*\/32/);
  });

  it('is asked by CloudFront under its own name, over TLS, with the secret', () => {
    expect(origins(edge).at(-1)).toMatchObject({
      DomainName: 'origin.www.example.com',
      CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
      OriginCustomHeaders: [{ HeaderName: 'X-Origin-Secret', HeaderValue: ORIGIN }],
    });
  });

  it('makes the secret at the deployment, where the balancer is and where CloudFront is', () => {
    backend.hasResourceProperties('AWS::SecretsManager::Secret', {
      Name: 'holdfast/prod/origin',
      GenerateSecretString: Match.objectLike({ GenerateStringKey: 'current', PasswordLength: 48 }),
      ReplicaRegions: [{ Region: 'us-east-1' }, { Region: 'eu-central-1' }],
    });
  });

  it('counts direct visitors by the rules of the edge, and not CloudFront again', () => {
    const acl = (template: Template) => properties(template, 'AWS::WAFv2::WebACL')[0];
    const names = (template: Template) => acl(template).Rules.map(({ Name }: { Name: string }) => Name);
    expect(names(backend)).toEqual(names(edge));
    expect(JSON.stringify(acl(backend).Rules[0].Statement.RateBasedStatement.ScopeDownStatement)).toMatch(
      /NotStatement.*"Name":"x-origin-secret"/,
    );
    backend.resourceCountIs('AWS::WAFv2::WebACLAssociation', 1);
  });
});

it('writes no secret of an origin into any template', () => {
  const values = TEMPLATES.flatMap(({ template }) => [
    ...JSON.stringify(template).matchAll(/"HeaderName":"X-Origin-Secret","HeaderValue":("[^"]*"|\{)/g),
  ]).map(([, value]) => value);
  expect(values).toEqual([`"${ORIGIN}"`]);
});

/** The Dns stack of an environment that isn't shipped: production's with another `dns`. Its distribution and balancer are only named. */
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Stack as Made, Resource } from '../../lib/commands/assembly';
import { checked } from '../../lib/config/check';
import type { Environment } from '../../lib/config/environment';
import { prod } from '../../lib/config/prod';
import { DnsStack } from '../../lib/stacks/dns-stack';
import type { StackTemplate } from './assemblies';
import { testAlerting, testApp, testStack } from './stack';

const env = { account: '111111111111', region: 'us-east-1' };

export const DISTRIBUTION = 'd111111abcdef8.cloudfront.net';
export const BALANCER = 'balancer-1.eu-west-1.elb.amazonaws.com';

export const withDns = (dns: Environment['dns'], more: Partial<Environment> = {}): Environment =>
  checked({ ...prod, dns, ...more }, 'lib/config/prod.ts');

export const namedDistribution = (stack: Stack) =>
  new Distribution(stack, 'Distribution', { defaultBehavior: { origin: new HttpOrigin('origin.example.com') } });

export function dnsTemplate(config: Environment): StackTemplate['template'] {
  const app = testApp();
  const edge = testStack('us-east-1', app);
  const domain = config.domain;
  if (!domain) throw new Error('domain: expected one, got none');
  const stack = new DnsStack(app, 'Dns', {
    env,
    config,
    domain,
    distribution: namedDistribution(edge),
    loadBalancer: ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(edge, 'Balancer', {
      loadBalancerArn: 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/balancer/1',
      loadBalancerDnsName: BALANCER,
      loadBalancerCanonicalHostedZoneId: 'Z32O12XQLNTSW2',
      securityGroupId: 'sg-1',
    }),
    alerting: testAlerting(edge),
  });
  // what CloudFormation imports from the stack of the distribution
  const deployed = (_: string, value: { readonly 'Fn::ImportValue'?: string } | null) =>
    value?.['Fn::ImportValue']?.includes('DomainName') ? DISTRIBUTION : value;
  return JSON.parse(JSON.stringify(Template.fromStack(stack).toJSON()), deployed);
}

/** An assembly with another Dns stack. */
export const withNames = (stacks: readonly Made[], { Resources }: StackTemplate['template']): readonly Made[] =>
  stacks.map((stack) => {
    if (stack.name !== 'Dns') return stack;
    const other = { ...stack, resources: [] as Resource[] };
    for (const [id, { Type, Properties = {} }] of Object.entries(Resources))
      other.resources.push({ key: `Dns.${id}`, type: Type, properties: Properties, stack: other });
    return other;
  });

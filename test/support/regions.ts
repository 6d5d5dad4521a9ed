/** The names of an application with a balancer in each of two regions, in one template: who makes what of them is forgotten. */
import { Duration, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ListenerAction } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Balancer } from '../../constructs/backend/balancer';
import { regionsOf } from '../../lib/config/dns';
import type { Environment } from '../../lib/config/environment';
import { standbyEnvironment, standbyOf } from '../../lib/config/recovery';
import { balancerRecords } from '../../lib/stacks/balancer-names';
import { DnsStack } from '../../lib/stacks/dns-stack';
import type { StackTemplate } from './assemblies';
import { namedDistribution } from './dns';
import { testAlerting, testApp, testStack, testVpc } from './stack';

type Value = unknown;
type Templates = Readonly<Record<string, StackTemplate['template']>>;

/** Of several stacks; an id is 'Stack.Id' there, and a value of another stack's stands where it is used. */
export function together(stacks: Templates): StackTemplate['template'] {
  const within = (stack: string, value: Value): Value => {
    if (Array.isArray(value)) return value.map((each) => within(stack, each));
    if (typeof value !== 'object' || value === null) return value;
    const { 'Fn::GetStackOutput': weak, 'Fn::GetAtt': attribute } = value as Record<string, Value>;
    if (weak) {
      const { StackName, OutputName } = weak as Record<string, string>;
      const output = stacks[StackName ?? '']?.Outputs?.[OutputName ?? ''] as { readonly Value: Value };
      return within(StackName ?? '', output.Value);
    }
    if (Array.isArray(attribute)) return { 'Fn::GetAtt': [`${stack}.${attribute[0]}`, ...attribute.slice(1)] };
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, within(stack, each)]));
  };
  return {
    Resources: Object.fromEntries(
      Object.entries(stacks).flatMap(([stack, { Resources }]) =>
        Object.entries(Resources).map(([id, resource]) => [`${stack}.${id}`, within(stack, resource)]),
      ),
    ) as StackTemplate['template']['Resources'],
  };
}

/** Throws for an environment without a domain or a second balancer. */
export function regionsTemplate(config: Environment): StackTemplate['template'] {
  const { domain } = config;
  const [standby, regions] = [standbyOf(config), regionsOf(config)];
  if (!domain || !standby || !regions) throw new Error('config: expected a domain and a standby, got none');
  const app = testApp();
  const made = [config, standbyEnvironment(config, standby)].map((each) => {
    const stack = testStack(each.region, app);
    const zone = HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
      hostedZoneId: domain.zoneId,
      zoneName: domain.zoneName,
    });
    const vpc = testVpc(stack);
    const certificate = Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:1:certificate/1');
    const balancer = new Balancer(stack, 'Balancer', {
      vpc,
      publicName: { name: domain.name, certificate, testsFrom: [] },
      cloudFrontPrefixList: 'pl-1',
      accessLogRetention: Duration.days(1),
    });
    balancer.listener.addAction('Default', { action: ListenerAction.fixedResponse(404) });
    const signs = balancerRecords(stack, { config: each, domain, zone, vpc, balancer, regions });
    return { stack, signs, loadBalancer: balancer.loadBalancer };
  });
  const [first, second] = made as [(typeof made)[number], (typeof made)[number]];
  const { guard } = first.signs;
  if (!guard) throw new Error('guard: expected one in the first region, got none');
  const edge = testStack('us-east-1', app);
  const dns = new DnsStack(app, 'Dns', {
    env: { account: edge.account, region: edge.region },
    crossRegionReferences: true,
    config,
    domain,
    distribution: namedDistribution(edge),
    loadBalancer: first.loadBalancer,
    standby: { loadBalancer: second.loadBalancer, guard },
    alerting: testAlerting(edge),
  });
  const stacks: readonly Stack[] = [...made.map(({ stack }) => stack), dns, edge];
  return together(
    Object.fromEntries(stacks.map((stack) => [stack.stackName, Template.fromStack(stack).toJSON()])) as Templates,
  );
}

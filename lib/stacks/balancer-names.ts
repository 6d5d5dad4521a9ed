/** Names by which a public balancer is reached without CloudFront: who has them, and their records. The site's own name is Dns's. */
import { CfnOutput, Duration } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { ILoadBalancerV2 } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import type { Balancer } from '../../constructs/backend/balancer';
import { RegionFence } from '../../constructs/backend/region-fence';
import { StaticAddresses } from '../../constructs/backend/static-addresses';
import { RegionGuard } from '../../constructs/dns/region-guard';
import { RegionRecord } from '../../constructs/dns/region-record';
import { dnsOf, originName, type Regions } from '../config/dns';
import type { Environment } from '../config/environment';

const hostsOf = (services: Environment['services']) => (services ?? []).flatMap(({ hosts = [] }) => hosts);

/**
 * The site's name, to which DNS may lead here, and the balancer's.
 * @param regions where there are two balancers @default this one alone
 * @param asked services that are asked by names of theirs @default all
 */
export const balancerNames = (
  { domain, region, balancing, services }: Environment,
  regions?: Regions,
  asked: Environment['services'] = services,
): readonly string[] =>
  domain
    ? [
        domain.name,
        originName(domain),
        ...(regions ? [originName(domain, region)] : []),
        ...(balancing.staticAddresses ? [`static.${domain.name}`] : []),
        ...hostsOf(asked),
      ]
    : [];

interface Given {
  readonly config: Environment;
  readonly domain: NonNullable<Environment['domain']>;
  readonly zone: IHostedZone;
  readonly vpc: IVpc;
  readonly balancer: Balancer;
  /** Where there are two balancers. @default this one alone */
  readonly regions?: Regions;
}

/** By which is said who of two regions may be led to; neither where there is one. */
export interface RegionSigns {
  /** In the first region. */
  readonly guard?: RegionGuard;
  /** Of the rule by which the second region says that it is the one that writes; there. */
  readonly fenceRuleArn?: string;
}

/** The first region of two has the names; the second has its side of those that lead to both. */
export function balancerRecords(stack: Construct, given: Given): RegionSigns {
  const { config, domain, zone, vpc, balancer, regions } = given;
  const { region, balancing, database, services } = config;
  const second = regions?.second === region;
  const guard = regions && !second ? regionGuard(stack, config, domain, regions) : undefined;
  const target = (to: ILoadBalancerV2) => RecordTarget.fromAlias(new LoadBalancerTarget(to));
  /** What a name leads to: the balancer itself, or the pair of both regions'. */
  const leading = (id: string, name: string, to: ILoadBalancerV2) =>
    regions ? new RegionRecord(stack, id, { zone, name, balancer: to, guard }).pair : target(to);
  const record = (id: string, recordName: string, led: RecordTarget) => {
    if (!second) new ARecord(stack, id, { zone, recordName, target: led });
  };

  const { loadBalancer } = balancer;
  if (regions)
    new ARecord(stack, 'RegionRecord', { zone, recordName: originName(domain, region), target: target(loadBalancer) });
  const led = leading('OriginPair', originName(domain), loadBalancer);
  record('OriginRecord', originName(domain), led);
  for (const host of hostsOf(services)) record(`Record-${host}`, host, led);
  if (balancing.staticAddresses) {
    const name = `static.${domain.name}`;
    // of each region: firewalls list both, or a failover shuts out who stands behind them
    const fixed = new StaticAddresses(stack, 'Static', { vpc, balancer, retain: database.retain });
    record('StaticRecord', name, leading('StaticPair', name, fixed.loadBalancer));
    new CfnOutput(stack, 'StaticAddresses', { value: fixed.addresses.join(' ') });
  }
  return { guard, fenceRuleArn: second ? new RegionFence(stack, 'RegionFence', balancer).ruleArn : undefined };
}

function regionGuard(stack: Construct, config: Environment, domain: Given['domain'], { first, second }: Regions) {
  const { checkSeconds, failures } = dnsOf(config);
  return new RegionGuard(stack, 'RegionGuard', {
    first: originName(domain, first),
    second: originName(domain, second),
    checkInterval: Duration.seconds(checkSeconds),
    failures,
  });
}

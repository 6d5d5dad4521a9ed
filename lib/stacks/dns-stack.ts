/** The public name in its existing zone, and who hears when what it leads to fails. In us-east-1, where Route 53 publishes. */
import { Duration, ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib';
import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import { CLOUDFRONT_ZONE, PublicNames, type Tier } from '../../constructs/dns/public-names';
import { dnsAlerts } from '../alerts/dns';
import { dnsOf } from '../config/dns';
import type { Environment } from '../config/environment';

export interface DnsStackProps extends StackProps {
  readonly config: Environment;
  readonly domain: NonNullable<Environment['domain']>;
  readonly distribution: IDistribution;
  readonly loadBalancer: IApplicationLoadBalancer;
  readonly alerting: Alerting;
}

export class DnsStack extends Stack {
  constructor(scope: Construct, id: string, props: DnsStackProps) {
    super(scope, id, props);
    const { config, domain, distribution, loadBalancer, alerting } = props;
    const { chain, checkSeconds, failures, ttlSeconds = 60 } = dnsOf(config);
    // strong: a weak one would keep the name of a distribution that was replaced
    const siteName = Stack.consumeReference(distribution.distributionDomainName, ReferenceStrength.STRONG);
    const site = {
      id: 'Site',
      kind: 'site',
      domainName: siteName,
      hostedZoneId: CLOUDFRONT_ZONE,
      checkedName: siteName,
    } as const;
    const tier = (one: (typeof chain)[number]): Tier => {
      if (one.kind === 'region') return { id: 'Region', kind: 'region', domainName: one.host, checkedName: one.host };
      if (one.kind === 'cdn') {
        const { name, target, checkName = target } = one;
        return { id: `Cdn${name}`, kind: 'cdn', domainName: target, checkedName: checkName };
      }
      return {
        id: 'Origin',
        kind: 'origin',
        domainName: `dualstack.${loadBalancer.loadBalancerDnsName}`,
        hostedZoneId: loadBalancer.loadBalancerCanonicalHostedZoneId,
        checkedName: `origin.${domain.name}`,
      };
    };
    const names = new PublicNames(this, 'Names', {
      name: domain.name,
      zoneId: domain.zoneId,
      tiers: [site, ...chain.map(tier)],
      checkInterval: Duration.seconds(checkSeconds),
      failures,
      ttl: Duration.seconds(ttlSeconds),
    });
    new Alarms(this, 'NameAlarms', { signals: names.signals, alerts: dnsAlerts, ...alerting });
  }
}

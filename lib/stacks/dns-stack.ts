/** The public name in its existing zone, and who hears when what it leads to fails. In us-east-1, where Route 53 publishes. */
import { Duration, ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib';
import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import { healthOf } from '../../constructs/dns/health-check';
import { CLOUDFRONT_ZONE, PublicNames, type Tier } from '../../constructs/dns/public-names';
import type { RegionGuard } from '../../constructs/dns/region-guard';
import { dnsAlerts } from '../alerts/dns';
import { dnsOf, originName } from '../config/dns';
import type { Environment } from '../config/environment';
import { standbyOf } from '../config/recovery';

export interface DnsStackProps extends StackProps {
  readonly config: Environment;
  readonly domain: NonNullable<Environment['domain']>;
  readonly distribution: IDistribution;
  readonly loadBalancer: IApplicationLoadBalancer;
  /** The second region's, and who says which of both may be led to. @default none */
  readonly standby?: { readonly loadBalancer: IApplicationLoadBalancer; readonly guard: RegionGuard };
  readonly alerting: Alerting;
}

export class DnsStack extends Stack {
  constructor(scope: Construct, id: string, props: DnsStackProps) {
    super(scope, id, props);
    const { config, domain, distribution, loadBalancer, standby, alerting } = props;
    const { chain, checkSeconds, failures, ttlSeconds = 60 } = dnsOf(config);
    // strong: a weak one would keep the name of a distribution that was replaced
    const siteName = Stack.consumeReference(distribution.distributionDomainName, ReferenceStrength.STRONG);
    const site = {
      id: 'Site',
      kind: 'site',
      domainName: siteName,
      hostedZoneId: CLOUDFRONT_ZONE,
      check: siteName,
    } as const;
    const tier = (one: (typeof chain)[number]): Tier => {
      if (one.kind === 'region') return { id: 'Region', kind: 'region', domainName: one.host, check: one.host };
      if (one.kind === 'cdn') {
        const { name, target, checkName = target } = one;
        return { id: `Cdn${name}`, kind: 'cdn', domainName: target, check: checkName };
      }
      const behind = one.kind === 'standby' ? standby : undefined;
      const { loadBalancerDnsName, loadBalancerCanonicalHostedZoneId } = behind?.loadBalancer ?? loadBalancer;
      return {
        id: behind ? 'Standby' : 'Origin',
        kind: behind ? 'standby' : 'origin',
        domainName: `dualstack.${loadBalancerDnsName}`,
        hostedZoneId: loadBalancerCanonicalHostedZoneId,
        check: behind?.guard.standby ?? standby?.guard.check ?? originName(domain),
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
    const nothing = healthOf();
    const signals = {
      ...names.signals,
      ...(standby?.guard.signals ?? { standbyHealth: nothing, fenceLowered: nothing }),
      ...(standbyOf(config)?.mode === 'pilot-light' && { standbyHealth: nothing }), // no server there, and so no answer
    };
    new Alarms(this, 'NameAlarms', { signals, alerts: dnsAlerts, ...alerting });
  }
}

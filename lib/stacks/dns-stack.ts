/** The public name in its existing zone, and who hears when what it leads to fails. In us-east-1, where Route 53 publishes. */
import { ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib';
import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import type { IApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { Alarms, type Topics } from '../../constructs/alerting/alarms';
import { PublicNames } from '../../constructs/dns/public-names';
import { dnsAlerts } from '../alerts/dns';
import type { Environment } from '../config/environment';

export interface DnsStackProps extends StackProps {
  readonly config: Environment;
  readonly domain: NonNullable<Environment['domain']>;
  readonly distribution: IDistribution;
  readonly loadBalancer: IApplicationLoadBalancer;
  readonly topics: Topics;
}

export class DnsStack extends Stack {
  constructor(scope: Construct, id: string, props: DnsStackProps) {
    super(scope, id, props);
    const { config, domain, distribution, loadBalancer, topics } = props;
    const names = new PublicNames(this, 'Names', {
      name: domain.name,
      zoneId: domain.zoneId,
      // strong: a weak one would keep the name of a distribution that was replaced
      distributionDomainName: Stack.consumeReference(distribution.distributionDomainName, ReferenceStrength.STRONG),
      secondary:
        config.edge.directAccess === 'failover'
          ? {
              domainName: `dualstack.${loadBalancer.loadBalancerDnsName}`,
              hostedZoneId: loadBalancer.loadBalancerCanonicalHostedZoneId,
              checkedName: `origin.${domain.name}`,
            }
          : undefined,
    });
    const { thresholds } = config.alerts;
    new Alarms(this, 'NameAlarms', { signals: names.signals, alerts: dnsAlerts, topics, thresholds });
  }
}

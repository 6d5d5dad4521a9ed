/** One region's side of a name that leads to the first of two regions while its guard is healthy, and else to the second. */
import type { ILoadBalancerV2 } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { CfnRecordSet, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { RegionGuard } from './region-guard';

export interface RegionRecordProps {
  readonly zone: IHostedZone;
  /** Known to visitors or CloudFront; a record of its own leads from there to the pair. */
  readonly name: string;
  readonly balancer: ILoadBalancerV2;
  /** The side is the first region's then. @default the second's, which has no check: there is nobody behind it */
  readonly guard?: RegionGuard;
}

export class RegionRecord extends Construct {
  /** For records that lead to the pair: those can have been there before the second region, since only what they lead to changes. */
  readonly pair: RecordTarget;

  constructor(scope: Construct, id: string, { zone, name, balancer, guard }: RegionRecordProps) {
    super(scope, id);
    const pair = `_regions.${name}.`;
    const record = new CfnRecordSet(this, 'Record', {
      name: pair,
      type: 'A',
      hostedZoneId: zone.hostedZoneId,
      failover: guard ? 'PRIMARY' : 'SECONDARY',
      setIdentifier: guard ? 'First' : 'Second',
      healthCheckId: guard?.check.attrHealthCheckId,
      aliasTarget: {
        dnsName: `dualstack.${balancer.loadBalancerDnsName}`,
        hostedZoneId: balancer.loadBalancerCanonicalHostedZoneId,
        evaluateTargetHealth: false, // a resting colour has no server, which Route 53 takes for ill
      },
    });
    this.pair = RecordTarget.fromAlias({
      bind: (from) => {
        from.node.addDependency(record); // Route 53 refuses an alias to nothing
        return { dnsName: pair, hostedZoneId: zone.hostedZoneId };
      },
    });
  }
}

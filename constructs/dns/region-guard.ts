/** Whether visitors may be led to the first of two regions: while it answers, and the second isn't the one that writes. Makes no record. */
import { CrossStackReferences, ReferenceStrength } from 'aws-cdk-lib';
import { CfnHealthCheck } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { FENCE_PATH } from '../../lambda/failover/fence';
import { type Asking, healthOf, hostCheck } from './health-check';

export interface RegionGuardProps extends Asking {
  /** Names that lead to one region's balancer each, whatever fails. */
  readonly first: string;
  readonly second: string;
}

export class RegionGuard extends Construct {
  /** Of the records that lead to the first region. */
  readonly check: CfnHealthCheck;
  /** Unhealthy while the second region is the one that writes; healthy too while that one doesn't answer at all. */
  readonly fence: CfnHealthCheck;
  /** Of the second balancer. No record of the pair has it: with both unhealthy Route 53 would take the first, fence or not. */
  readonly standby: CfnHealthCheck;
  /** Of the first balancer alone. */
  readonly answers: CfnHealthCheck;

  constructor(scope: Construct, id: string, { first, second, ...asking }: RegionGuardProps) {
    super(scope, id);
    this.answers = hostCheck(this, 'First', { host: first, ...asking });
    CrossStackReferences.of(this.answers).produce(ReferenceStrength.WEAK); // the other region names it
    this.fence = hostCheck(this, 'Fence', { host: second, path: FENCE_PATH, inverted: true, ...asking });
    this.standby = hostCheck(this, 'Second', { host: second, ...asking });
    const children = [this.answers, this.fence];
    this.check = new CfnHealthCheck(this, 'Guard', {
      healthCheckConfig: {
        type: 'CALCULATED',
        childHealthChecks: children.map(({ attrHealthCheckId }) => attrHealthCheckId),
        healthThreshold: children.length,
      },
    });
  }

  get signals() {
    return {
      originHealth: healthOf(this.answers),
      standbyHealth: healthOf(this.standby),
      fenceLowered: healthOf(this.fence),
    };
  }
}

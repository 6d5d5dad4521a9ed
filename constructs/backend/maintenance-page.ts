/** What the balancer answers with while maintenance is on. Nothing leads to it: the rule that does, and the function as its target, are the command's, and in no template. */
import { Duration } from 'aws-cdk-lib';
import { ApplicationTargetGroup, TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type ReleaseFunctionProps, releaseFunction } from '../release/release-function';

export class MaintenancePage extends Construct {
  readonly targetGroupArn: string;
  readonly functionArn: string;

  constructor(scope: Construct, id: string, props: ReleaseFunctionProps) {
    super(scope, id);
    const { handler } = releaseFunction(this, props, {
      code: 'maintenance-page',
      timeout: Duration.seconds(5),
      allow: [],
      buckets: [],
    });
    const { targetGroupArn } = new ApplicationTargetGroup(this, 'Targets', { targetType: TargetType.LAMBDA });
    // for this group alone, which therefore can't have its target in the template: that would be a circle
    handler.addPermission('Balancer', {
      principal: new ServicePrincipal('elasticloadbalancing.amazonaws.com'),
      sourceArn: targetGroupArn,
    });
    this.targetGroupArn = targetGroupArn;
    this.functionArn = handler.functionArn;
  }
}

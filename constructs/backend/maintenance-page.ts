/** What the balancer answers with while maintenance is on. Nothing leads to it: the rule that does is the command's, and in no template. */
import { Duration } from 'aws-cdk-lib';
import { ApplicationTargetGroup, TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LambdaTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import { Construct } from 'constructs';
import { type ReleaseFunctionProps, releaseFunction } from '../release/release-function';

export class MaintenancePage extends Construct {
  readonly targetGroup: ApplicationTargetGroup;

  constructor(scope: Construct, id: string, props: ReleaseFunctionProps) {
    super(scope, id);
    const { handler } = releaseFunction(this, props, {
      code: 'maintenance-page',
      timeout: Duration.seconds(5),
      allow: [],
      buckets: [],
    });
    this.targetGroup = new ApplicationTargetGroup(this, 'Targets', {
      targetType: TargetType.LAMBDA,
      targets: [new LambdaTarget(handler)],
    });
  }
}

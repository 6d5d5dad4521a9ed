/** The second region's word on its own balancer, whether it is the one that writes: a rule that answers by itself. Says no; a failover changes it. */
import {
  ApplicationListenerRule,
  type IApplicationListener,
  ListenerAction,
  ListenerCondition,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { FENCE_PATH, fenceAnswer } from '../../lambda/failover/fence';

/** Before all others, the maintenance page's too: a closed site is still the one that writes. */
const PRIORITY = 1;

export interface RegionFenceProps {
  readonly listener: IApplicationListener;
}

export class RegionFence extends Construct {
  /** For whoever raises and lowers it. A later deployment leaves it as it is, since the template says the same as before. */
  readonly ruleArn: string;

  constructor(scope: Construct, id: string, { listener }: RegionFenceProps) {
    super(scope, id);
    const { StatusCode, ContentType, MessageBody } = fenceAnswer(false);
    const rule = new ApplicationListenerRule(this, 'Rule', {
      listener,
      priority: PRIORITY,
      conditions: [ListenerCondition.pathPatterns([FENCE_PATH])],
      action: ListenerAction.fixedResponse(Number(StatusCode), { contentType: ContentType, messageBody: MessageBody }),
    });
    this.ruleArn = rule.listenerRuleArn;
  }
}

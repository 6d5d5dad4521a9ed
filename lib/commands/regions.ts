/** The regions in which an environment's servers stand, as commands find them, and which of them visitors write to: asked of the world, since a failover leaves no file. Changes nothing. */
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { FENCE_PATH, fenceAnswer } from '../../lambda/failover/fence';
import type { Environment } from '../config/environment';
import { standbyOf } from '../config/recovery';
import { outputsOf, PATIENCE } from './outputs';

export interface Place {
  readonly region: string;
  /** What the names of its stacks end with. */
  readonly suffix: '' | 'Recovery';
}

/** The first region, then the second one if servers may stand there. */
export function placesOf(config: Environment): readonly [Place] | readonly [Place, Place] {
  const standby = standbyOf(config);
  const first = { region: config.region, suffix: '' } as const;
  return standby ? [first, { region: standby.region, suffix: 'Recovery' }] : [first];
}

/** Whether the second region says that it is the one that writes. Throws where it doesn't answer. */
export async function secondWrites({ name }: Environment, { region, suffix }: Place): Promise<boolean> {
  const { LoadBalancerDnsName } = await outputsOf(`Holdfast-${name}-Backend${suffix}`, region, ['LoadBalancerDnsName']);
  const balancing = new ElasticLoadBalancingV2Client({ region, ...PATIENCE });
  const { LoadBalancers = [] } = await balancing.send(new DescribeLoadBalancersCommand({ PageSize: 400 }));
  const own = LoadBalancers.find(({ DNSName }) => DNSName === LoadBalancerDnsName);
  const asked = new DescribeListenersCommand({ LoadBalancerArn: own?.LoadBalancerArn });
  const { Listeners = [] } = await balancing.send(asked);
  const answers = await Promise.all(
    Listeners.map(({ ListenerArn }) => balancing.send(new DescribeRulesCommand({ ListenerArn }))),
  );
  const rules = answers.flatMap(({ Rules = [] }) => Rules);
  const fence = rules.find(({ Conditions = [] }) =>
    Conditions.some(({ PathPatternConfig, Values }) => (PathPatternConfig?.Values ?? Values)?.includes(FENCE_PATH)),
  );
  return (
    fence?.Actions?.some(({ FixedResponseConfig: said }) => said?.StatusCode === fenceAnswer(true).StatusCode) ?? false
  );
}

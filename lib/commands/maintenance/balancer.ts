/** The maintenance page at the balancer: a rule before all others on each listener that leads to servers. Health checks of servers don't pass it. */
import {
  CreateRuleCommand,
  DeleteRuleCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
  type Rule,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ConfigError } from '../../config/config-error';
import { PATIENCE } from '../outputs';

/** Reserved: no template has a rule of it. The one before says which of two regions writes, whether it is closed or not. */
const PRIORITY = 2;

export interface Place {
  readonly region: string;
  readonly dnsName: string;
  /** ARNs of what answers with the page, and of the group that it stands in as long as it does. */
  readonly page: string;
  readonly targetGroup: string;
}

/** ARNs of those that lead to servers; others redirect, or test. */
async function listenersOf(balancing: ElasticLoadBalancingV2Client, { dnsName }: Place): Promise<readonly string[]> {
  const { LoadBalancers = [] } = await balancing.send(new DescribeLoadBalancersCommand({ PageSize: 400 }));
  const found = LoadBalancers.find(({ DNSName }) => DNSName === dnsName);
  if (!found) throw new ConfigError(`balancer: expected ${dnsName}, got none of that name; deploy again`);
  const asked = new DescribeListenersCommand({ LoadBalancerArn: found.LoadBalancerArn });
  const { Listeners = [] } = await balancing.send(asked);
  return Listeners.filter(({ DefaultActions = [] }) => DefaultActions.some(({ Type }) => Type === 'forward')).map(
    ({ ListenerArn = '' }) => ListenerArn,
  );
}

/** @returns whether anything changed. Throws a ConfigError where a rule of somebody else's has the place. */
export async function switchBalancer(place: Place, on: boolean): Promise<boolean> {
  const balancing = new ElasticLoadBalancingV2Client({ region: place.region, ...PATIENCE });
  let changed = false;
  if (on)
    await balancing.send(
      new RegisterTargetsCommand({ TargetGroupArn: place.targetGroup, Targets: [{ Id: place.page }] }),
    );
  for (const ListenerArn of await listenersOf(balancing, place)) {
    const { Rules = [] } = await balancing.send(new DescribeRulesCommand({ ListenerArn }));
    const leadsToPage = ({ Actions = [] }: Rule) =>
      Actions.some(({ TargetGroupArn }) => TargetGroupArn === place.targetGroup);
    const own = Rules.find(leadsToPage);
    const taken = Rules.find(({ Priority }) => Priority === `${PRIORITY}`);
    if (taken && !own)
      throw new ConfigError(
        `${ListenerArn}: expected no rule with priority ${PRIORITY}, got ${taken.RuleArn}; remove it`,
      );
    if ((own !== undefined) === on) continue;
    if (own) await balancing.send(new DeleteRuleCommand({ RuleArn: own.RuleArn }));
    else
      await balancing.send(
        new CreateRuleCommand({
          ListenerArn,
          Priority: PRIORITY,
          Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['*'] } }],
          Actions: [{ Type: 'forward', TargetGroupArn: place.targetGroup }],
        }),
      );
    changed = true;
  }
  return changed;
}

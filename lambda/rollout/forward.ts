/** The action by which a listener, or a rule of it, sends a service's requests to its two target groups by weights: read, and changed in one call. */
import {
  type Action,
  DescribeListenersCommand,
  DescribeRulesCommand,
  ModifyListenerCommand,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { balancing } from './clients';
import type { Service } from './service';
import type { Colour } from './state';

type Balanced = NonNullable<Service['balanced']>;

async function actionsOf({ listenerArn, ruleArn }: Balanced): Promise<readonly Action[]> {
  if (ruleArn) {
    const { Rules = [] } = await balancing.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }));
    return Rules[0]?.Actions ?? [];
  }
  const { Listeners = [] } = await balancing.send(new DescribeListenersCommand({ ListenerArns: [listenerArn] }));
  return Listeners[0]?.DefaultActions ?? [];
}

const tuplesOf = (actions: readonly Action[]) =>
  actions.flatMap(({ ForwardConfig, TargetGroupArn }) =>
    ForwardConfig?.TargetGroups?.length
      ? ForwardConfig.TargetGroups
      : TargetGroupArn
        ? [{ TargetGroupArn, Weight: 100 }]
        : [],
  );

/** Percent, as they are. A group that isn't named gets nothing. */
export async function weightsNow(balanced: Balanced): Promise<Record<Colour, number>> {
  const tuples = tuplesOf(await actionsOf(balanced));
  const of = (colour: Colour) =>
    tuples.find(({ TargetGroupArn }) => TargetGroupArn === balanced.targetGroups[colour].arn)?.Weight ?? 0;
  return { blue: of('blue'), green: of('green') };
}

/** Both at once; whatever else the action says stays. */
export async function setWeights(balanced: Balanced, weights: Readonly<Record<Colour, number>>): Promise<void> {
  const TargetGroups = (['blue', 'green'] as const).map((colour) => ({
    TargetGroupArn: balanced.targetGroups[colour].arn,
    Weight: weights[colour],
  }));
  const actions = (await actionsOf(balanced)).map(({ TargetGroupArn: _, ...action }) =>
    action.Type === 'forward' ? { ...action, ForwardConfig: { ...action.ForwardConfig, TargetGroups } } : action,
  );
  const { listenerArn, ruleArn } = balanced;
  if (ruleArn) await balancing.send(new ModifyRuleCommand({ RuleArn: ruleArn, Actions: actions }));
  else await balancing.send(new ModifyListenerCommand({ ListenerArn: listenerArn, DefaultActions: actions }));
}

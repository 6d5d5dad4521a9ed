/** A look at a service: its groups, its balancer, its alarms, its stack. Changes nothing. */
import {
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTargetHealthCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { autoScaling, balancing, cloudFormation, cloudWatch } from './clients';
import { compared } from './figures';
import { weightsNow } from './forward';
import type { Group, Refresh, Seen } from './seen';
import type { Service } from './service';
import type { Colour, ServiceState } from './state';

const ENDED = ['Successful', 'Failed', 'Cancelled', 'RollbackSuccessful', 'RollbackFailed'];
/** Of CloudWatch, for one question. */
const ALARMS_AT_ONCE = 100;

async function healthyIn(targetGroupArn: string): Promise<ReadonlySet<string>> {
  const { TargetHealthDescriptions: found = [] } = await balancing.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }),
  );
  const healthy = found.filter(({ TargetHealth }) => TargetHealth?.State === 'healthy');
  return new Set(healthy.map(({ Target }) => `${Target?.Id}:${Target?.Port}`));
}

async function lastRefresh(AutoScalingGroupName: string): Promise<Refresh | undefined> {
  const asked = new DescribeInstanceRefreshesCommand({ AutoScalingGroupName, MaxRecords: 1 });
  const [found] = (await autoScaling.send(asked)).InstanceRefreshes ?? [];
  if (!found) return undefined;
  const { InstanceRefreshId: id = '', Status: status = '', StatusReason, PercentageComplete: percent = 0 } = found;
  const running = !ENDED.includes(status);
  return { id, running, status: running || !StatusReason ? status : `${status}: ${StatusReason}`, percent };
}

async function groupSeen(found: AutoScalingGroup, service: Service, colour: Colour, active: boolean): Promise<Group> {
  const { AutoScalingGroupName: name = '', MinSize = 0, MaxSize = 0, DesiredCapacity = 0, Instances = [] } = found;
  const arn = service.balanced?.targetGroups[colour].arn;
  const [targets, refresh] = await Promise.all([
    arn ? healthyIn(arn) : undefined,
    active ? lastRefresh(name) : undefined,
  ]);
  const inService = Instances.filter(({ LifecycleState }) => LifecycleState === 'InService').length;
  return {
    name,
    min: MinSize,
    max: MaxSize,
    desired: DesiredCapacity,
    servers: Instances.length,
    healthy: targets ? Math.min(targets.size, inService) : inService,
    scheduled: !found.SuspendedProcesses?.some(({ ProcessName }) => ProcessName === 'ScheduledActions'),
    refresh,
  };
}

async function groupsSeen({ active }: ServiceState, service: Service): Promise<Seen['groups']> {
  const names = Object.values(service.groups);
  const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: names });
  const { AutoScalingGroups: all = [] } = await autoScaling.send(asked);
  const seen = async (colour: Colour, wanted: string) => {
    const found = all.find(({ AutoScalingGroupName }) => AutoScalingGroupName === wanted);
    if (!found) throw new Error(`${wanted}: expected an auto scaling group of that name, got none`);
    return groupSeen(found, service, colour, colour === active);
  };
  const { blue, green } = service.groups;
  return { blue: await seen('blue', blue), ...(green && { green: await seen('green', green) }) };
}

async function firing(names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const chunks = Array.from({ length: Math.ceil(names.length / ALARMS_AT_ONCE) }, (_, at) =>
    names.slice(at * ALARMS_AT_ONCE, (at + 1) * ALARMS_AT_ONCE),
  );
  const answers = await Promise.all(
    chunks.map((AlarmNames) =>
      cloudWatch.send(
        new DescribeAlarmsCommand({
          AlarmNames,
          AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
          StateValue: 'ALARM',
          MaxRecords: ALARMS_AT_ONCE,
        }),
      ),
    ),
  );
  return answers
    .flatMap(({ MetricAlarms = [], CompositeAlarms = [] }) => [...MetricAlarms, ...CompositeAlarms])
    .flatMap(({ AlarmName, StateValue }) => (AlarmName && StateValue === 'ALARM' ? [AlarmName] : []));
}

async function deploying(StackName: string): Promise<boolean> {
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  return Stacks[0]?.StackStatus?.endsWith('_IN_PROGRESS') ?? false;
}

export async function look(service: Service, state: ServiceState, now: number): Promise<Seen> {
  const { balanced, alarms, stack } = service;
  const [groups, weights, rang, isDeploying, figures] = await Promise.all([
    groupsSeen(state, service),
    balanced && weightsNow(balanced),
    firing(alarms),
    deploying(stack),
    state.rollout && compared(balanced, { ...state, rollout: state.rollout }, now),
  ]);
  return { groups, weights, firing: rang, deploying: isDeploying, figures };
}

/** Our model of Auto Scaling, in the emulator alone, with servers that cost little. */
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../lib/rehearsal/process';
import { FleetAccount, texts } from '../support/fleet';
import type { Group } from '../support/fleet-template';

const STATE = '.holdfast/fleet-driver';
let account: FleetAccount;
beforeAll(async () => {
  account = await FleetAccount.start(STATE);
}, 120_000);
afterAll(() => account?.stop());
afterEach(() => account.deleteAll());

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Values of a metric in the last two minutes, as a rollout asks for them. */
async function values(
  Namespace: string,
  MetricName: string,
  dimensions: Readonly<Record<string, string>>,
  stat: string,
) {
  const query = 'MetricDataQueries.member.1';
  const named = Object.entries(dimensions).flatMap(([name, value], at) => [
    [`${query}.MetricStat.Metric.Dimensions.member.${at + 1}.Name`, name],
    [`${query}.MetricStat.Metric.Dimensions.member.${at + 1}.Value`, value],
  ]);
  const xml = await account.call('monitoring', 'GetMetricData', {
    StartTime: new Date(Date.now() - 120_000).toISOString(),
    EndTime: new Date(Date.now() + 1000).toISOString(),
    [`${query}.Id`]: 'it',
    [`${query}.MetricStat.Metric.Namespace`]: Namespace,
    [`${query}.MetricStat.Metric.MetricName`]: MetricName,
    [`${query}.MetricStat.Period`]: 60,
    [`${query}.MetricStat.Stat`]: stat,
    ...Object.fromEntries(named),
  });
  return texts(/<Values>(.*)<\/Values>/s.exec(xml)?.[1] ?? '', 'member').map(Number);
}

it('starts as many servers as the smallest size, balanced over the zones, and sends them requests', async () => {
  const { servers } = await account.fleet({ name: 'starts', min: 4 });
  const zones = servers.map(({ zone }) => zone).sort();
  expect(zones).toEqual(['eu-west-1a', 'eu-west-1a', 'eu-west-1b', 'eu-west-1b']);
  const { status, text } = await account.ask('starts');
  expect([status, servers.map(({ id }) => id)]).toEqual([200, expect.arrayContaining([text])]);
});

it('replaces a server whose process died', async () => {
  const { servers, steady } = await account.fleet({ name: 'dies' });
  const [dead] = servers;
  process.kill(await account.pidOf('dies', dead?.id ?? ''), 'SIGKILL');
  await until('a replacement', async () => (await account.servers('dies')).every(({ id }) => id !== dead?.id));
  expect((await steady(2)).map(({ id }) => id)).toContain(servers[1]?.id);
  expect(await account.scale('dies', 'DescribeScalingActivities')).toContain('EC2 health check failure');
});

it('replaces a server that the balancer finds unhealthy, once its grace is over', async () => {
  const { servers, steady } = await account.fleet({ name: 'sick', properties: { HealthCheckGracePeriod: 10 } });
  const { text: sick } = await account.ask('sick', '/break');
  await until('a replacement', async () => (await account.servers('sick')).every(({ id }) => id !== sick));
  expect((await steady(2)).filter(({ id }) => servers.some((each) => each.id === id))).toHaveLength(1);
});

it('leaves an unhealthy server where the process that replaces it is suspended, until it is resumed', async () => {
  await account.fleet({ name: 'left', properties: { HealthCheckGracePeriod: 10 } });
  const processes = { 'ScalingProcesses.member.1': 'ReplaceUnhealthy' };
  await account.scale('left', 'SuspendProcesses', processes);
  const { text: sick } = await account.ask('left', '/break');
  await wait(6000);
  expect(await account.describe('left')).toContain('<ProcessName>ReplaceUnhealthy</ProcessName>');
  expect((await account.servers('left')).map(({ id }) => id)).toContain(sick);
  await account.scale('left', 'ResumeProcesses', processes);
  await until('a replacement', async () => (await account.servers('left')).every(({ id }) => id !== sick));
});

it('lets a server that goes answer what it has, and sends it no more', async () => {
  const { servers, targets } = await account.fleet({ name: 'drains', min: 1, data: { slowMs: 1500 } });
  const slow = account.ask('drains', '/slow');
  await wait(200);
  await account.scale('drains', 'UpdateAutoScalingGroup', { MinSize: 0, MaxSize: 0 });
  await until('draining', async () => (await account.health(targets)).includes('draining'));
  expect((await account.ask('drains')).status).toBe(503);
  expect(await slow).toMatchObject({ status: 200, text: servers[0]?.id });
  await until('no server', async () => (await account.servers('drains')).length === 0);
  expect(await account.size('drains')).toEqual([0, 0, 0]);
});

describe('sizes', () => {
  it('follow what is desired, and keep protected servers', async () => {
    const { servers, steady } = await account.fleet({ name: 'sized', min: 1 });
    await account.scale('sized', 'SetDesiredCapacity', { DesiredCapacity: 3 });
    await steady(3);
    const [oldest] = servers;
    await account.scale('sized', 'SetInstanceProtection', {
      'InstanceIds.member.1': oldest?.id ?? '',
      ProtectedFromScaleIn: true,
    });
    await account.scale('sized', 'SetDesiredCapacity', { DesiredCapacity: 1 });
    expect((await steady(1)).map(({ id }) => id)).toEqual([oldest?.id]);
  });

  it('outside of the limits are refused', async () => {
    await account.fleet({ name: 'limits', min: 1, max: 2 });
    await expect(account.scale('limits', 'SetDesiredCapacity', { DesiredCapacity: 3 })).rejects.toThrow(
      'ValidationError',
    );
    await expect(account.scale('limits', 'UpdateAutoScalingGroup', { MinSize: 3 })).rejects.toThrow('ValidationError');
  });

  it('follow a scaling policy that an alarm names, unless that is suspended', async () => {
    const policy = {
      Type: 'AWS::AutoScaling::ScalingPolicy',
      Properties: {
        AutoScalingGroupName: { Ref: 'Group' },
        PolicyType: 'StepScaling',
        AdjustmentType: 'ChangeInCapacity',
        StepAdjustments: [{ ScalingAdjustment: 1, MetricIntervalLowerBound: 0 }],
      },
    };
    const alarm = {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName: 'policy-cpu',
        Namespace: 'Test',
        MetricName: 'Cpu',
        Statistic: 'Average',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 70,
        ComparisonOperator: 'GreaterThanThreshold',
        AlarmActions: [{ Ref: 'Policy' }],
      },
    };
    await account.fleet({ name: 'policy', min: 1, resources: { Policy: policy, Alarm: alarm } });
    const state = (StateValue: string) =>
      account.call('monitoring', 'SetAlarmState', { AlarmName: 'policy-cpu', StateValue, StateReason: 'test' });
    const notifications = { 'ScalingProcesses.member.1': 'AlarmNotification' };
    await account.scale('policy', 'SuspendProcesses', notifications);
    await state('ALARM');
    expect(await account.size('policy')).toEqual([1, 4, 1]);
    await account.scale('policy', 'ResumeProcesses', notifications);
    await state('OK');
    await state('ALARM');
    expect(await account.size('policy')).toEqual([1, 4, 2]);
  });

  it('are published as metrics, as servers in service are', async () => {
    await account.fleet({ name: 'measured', min: 1 });
    const latest = async (name: string) =>
      (await values('AWS/AutoScaling', name, { AutoScalingGroupName: 'measured' }, 'Maximum')).at(-1);
    await until('metrics', async () => (await latest('GroupInServiceInstances')) === 1);
    expect(await latest('GroupDesiredCapacity')).toBe(1);
  });
});

describe('a hook', () => {
  const launching = {
    LifecycleHookName: 'launch',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    DefaultResult: 'ABANDON',
    HeartbeatTimeout: 600,
  };
  const hooked = (name: string, hook: object, more: Partial<Group> = {}): Group => ({
    name,
    min: 1,
    ...more,
    properties: { LifecycleHookSpecificationList: [hook] },
  });
  const inState = (name: string, state: string) =>
    until(state, async () => (await account.servers(name)).some((each) => each.state === state));
  const complete = async (name: string, LifecycleHookName: string, LifecycleActionResult: string) => {
    const [{ id = '' } = {}] = await account.servers(name);
    await account.scale(name, 'CompleteLifecycleAction', { LifecycleHookName, LifecycleActionResult, InstanceId: id });
    return id;
  };

  it('at the launch keeps a server from its requests until it says so', async () => {
    const { Targets: targets = '' } = await account.deploy(hooked('waits', launching));
    await inState('waits', 'Pending:Wait');
    expect(await account.health(targets)).toEqual([]);
    const id = await complete('waits', 'launch', 'CONTINUE');
    expect((await account.steady('waits', targets, 1)).map((each) => each.id)).toEqual([id]);
    await expect(complete('waits', 'launch', 'CONTINUE')).rejects.toThrow('No active Lifecycle Action');
  });

  it('abandons a server, and another one is launched', async () => {
    await account.deploy(hooked('abandons', launching));
    await inState('abandons', 'Pending:Wait');
    const id = await complete('abandons', 'launch', 'ABANDON');
    await until('another', async () => (await account.servers('abandons')).some((each) => each.id !== id));
    expect(await account.scale('abandons', 'DescribeScalingActivities')).toContain(
      '<StatusCode>Cancelled</StatusCode>',
    );
  });

  it('that nobody answers does what it says by default', async () => {
    const { Targets: targets = '' } = await account.deploy(
      hooked('defaults', { ...launching, DefaultResult: 'CONTINUE', HeartbeatTimeout: 5 }),
    );
    await account.steady('defaults', targets, 1);
  });

  it('at the end gives a server the time that it asks for', async () => {
    const end = { ...launching, LifecycleHookName: 'end', LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING' };
    await account.fleet(hooked('ends', end, { data: { drainMs: 60_000 } }));
    await account.scale('ends', 'UpdateAutoScalingGroup', { MinSize: 0, DesiredCapacity: 0 });
    await inState('ends', 'Terminating:Wait');
    await wait(1000);
    expect((await account.servers('ends')).map(({ state }) => state)).toEqual(['Terminating:Wait']);
    await complete('ends', 'end', 'CONTINUE');
    await inState('ends', 'Terminating:Proceed');
  });
});

it('tells the requests, errors and times of a target group, as a rollout asks for them', async () => {
  const { fullName: TargetGroup, balancer: LoadBalancer } = await account.fleet({ name: 'figures', min: 1 });
  for (let each = 0; each < 20; each++) await account.ask('figures', each < 5 ? '/fail' : '/');
  const read = async (name: string, stat: string) =>
    (await values('AWS/ApplicationELB', name, { TargetGroup, LoadBalancer }, stat)).reduce((all, one) => all + one, 0);
  await until('20 requests', async () => (await read('RequestCount', 'Sum')) === 20);
  expect(await read('HTTPCode_Target_5XX_Count', 'Sum')).toBe(5);
  expect(await read('TargetResponseTime', 'p95')).toBeGreaterThan(0);
});

it('ends the servers of a group that is deleted', async () => {
  const { servers } = await account.fleet({ name: 'deleted' });
  const pids = await Promise.all(servers.map(({ id }) => account.pidOf('deleted', id)));
  await account.delete('deleted');
  await until('their end', async () => pids.every((pid) => !alive(pid)));
});

it('ends all servers when the emulator is killed', async () => {
  const other = await FleetAccount.start(`${STATE}-killed`);
  const { Targets: targets = '' } = await other.deploy({ name: 'killed' });
  const servers = await other.steady('killed', targets, 2);
  const pids = await Promise.all(servers.map(({ id }) => other.pidOf('killed', id)));
  other.kill();
  await until('their end', async () => pids.every((pid) => !alive(pid)));
});

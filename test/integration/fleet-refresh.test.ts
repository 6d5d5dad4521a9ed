/** Instance refreshes and updates by CloudFormation in our model of Auto Scaling, in the emulator alone, with servers that cost little. */
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../lib/rehearsal/process';
import { FleetAccount, texts } from '../support/fleet';

let account: FleetAccount;
beforeAll(async () => {
  account = await FleetAccount.start('.holdfast/fleet-refresh');
}, 120_000);
afterAll(() => account?.stop());
afterEach(() => account.deleteAll());

describe('a refresh', () => {
  const start = (name: string, preferences: Record<string, number | string> = {}) =>
    account.scale(
      name,
      'StartInstanceRefresh',
      Object.fromEntries(Object.entries(preferences).map(([key, value]) => [`Preferences.${key}`, value])),
    );
  const refresh = async (name: string) => {
    const xml = await account.scale(name, 'DescribeInstanceRefreshes');
    return { status: texts(xml, 'Status')[0] ?? '', percent: Number(texts(xml, 'PercentageComplete')[0]) };
  };
  const ends = (name: string, status: string) =>
    until(`${status} of ${name}`, async () => (await refresh(name)).status === status);
  const least = { MinHealthyPercentage: 100, MaxHealthyPercentage: 150 };

  it('replaces every server under load, with as many as were there at all times, and no request fails', async () => {
    const { servers, targets, steady } = await account.fleet({ name: 'refreshed' });
    const counts: number[] = [];
    const statuses = await account.underLoad('refreshed', async () => {
      await start('refreshed', least);
      for (; !/Successful|Failed/.test((await refresh('refreshed')).status); await wait(50))
        counts.push((await account.health(targets)).filter((each) => each === 'healthy').length);
    });
    expect((await refresh('refreshed')).status).toBe('Successful');
    expect([...statuses.keys()]).toEqual([200]);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
    const now = await steady(2);
    expect(now.filter(({ id }) => servers.some((each) => each.id === id))).toEqual([]);
  });

  it('without room for more goes on one by one', async () => {
    const { servers, steady } = await account.fleet({ name: 'narrow', min: 2, max: 2 });
    const counts: number[] = [];
    await start('narrow', { MinHealthyPercentage: 50, MaxHealthyPercentage: 100 });
    for (; (await refresh('narrow')).status !== 'Successful'; await wait(50))
      counts.push((await account.servers('narrow')).filter(({ state }) => !state.startsWith('Terminat')).length);
    expect(Math.max(...counts)).toBe(2);
    expect((await steady(2)).filter(({ id }) => servers.some((each) => each.id === id))).toEqual([]);
  });

  it('stops at a checkpoint for as long as it says', async () => {
    const { servers } = await account.fleet({ name: 'checked' });
    await start('checked', {
      ...least,
      'CheckpointPercentages.member.1': 50,
      'CheckpointPercentages.member.2': 100,
      CheckpointDelay: 5,
    });
    await until('the checkpoint', async () => (await refresh('checked')).percent === 50);
    await wait(2500);
    const now = await account.servers('checked');
    expect(now.filter(({ id }) => servers.some((each) => each.id === id))).toHaveLength(1);
    await ends('checked', 'Successful');
  });

  it('of servers that match already has nothing to do', async () => {
    const { servers } = await account.fleet({ name: 'matching' });
    await start('matching', { ...least, SkipMatching: 'true' });
    await ends('matching', 'Successful');
    expect(await account.servers('matching')).toEqual(servers);
  });

  it('is refused during another one, and can be cancelled', async () => {
    const { steady } = await account.fleet({ name: 'cancelled' });
    await start('cancelled', { ...least, InstanceWarmup: 600 });
    await expect(start('cancelled')).rejects.toThrow('InstanceRefreshInProgress');
    await account.scale('cancelled', 'CancelInstanceRefresh');
    await ends('cancelled', 'Cancelled');
    await steady(2);
    await expect(account.scale('cancelled', 'CancelInstanceRefresh')).rejects.toThrow('ActiveInstanceRefreshNotFound');
  });

  it('is rolled back to servers of the template before', async () => {
    const { servers } = await account.fleet({ name: 'back' });
    await start('back', { ...least, 'CheckpointPercentages.member.1': 50, 'CheckpointPercentages.member.2': 100 });
    await until('the checkpoint', async () => (await refresh('back')).percent === 50);
    await account.scale('back', 'RollbackInstanceRefresh');
    await ends('back', 'RollbackSuccessful');
    expect((await account.servers('back')).some(({ id }) => servers.some((each) => each.id === id))).toBe(true);
  });

  it('fails when an alarm that it names rings', async () => {
    await account.fleet({ name: 'alarmed' });
    await account.call('monitoring', 'PutMetricAlarm', {
      AlarmName: 'refresh-alarm',
      Namespace: 'Test',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    });
    await account.call('monitoring', 'SetAlarmState', {
      AlarmName: 'refresh-alarm',
      StateValue: 'ALARM',
      StateReason: 'test',
    });
    await start('alarmed', { ...least, 'AlarmSpecification.Alarms.member.1': 'refresh-alarm' });
    await ends('alarmed', 'Failed');
  });

  it('does not end a server while its successors never come up', async () => {
    const group = { name: 'broken', min: 1 };
    const { servers, targets } = await account.fleet(group);
    await account.deploy({ ...group, data: { dies: true } }, 'UpdateStack');
    await start('broken', least);
    await wait(4000);
    expect((await refresh('broken')).status).toBe('InProgress');
    expect((await account.servers('broken')).map(({ id }) => id)).toContain(servers[0]?.id);
    expect(await account.health(targets)).toContain('healthy');
  });
});

describe('an update by CloudFormation', () => {
  it('sends both limits, and leaves the desired size alone between them', async () => {
    const group = { name: 'updated', min: 1 };
    const { steady } = await account.fleet(group);
    await account.scale('updated', 'SetDesiredCapacity', { DesiredCapacity: 3 });
    await account.deploy({ ...group, max: 5 }, 'UpdateStack');
    expect(await account.size('updated')).toEqual([1, 5, 3]);
    await account.deploy({ ...group, max: 2 }, 'UpdateStack');
    expect(await account.size('updated')).toEqual([1, 2, 2]);
    await account.deploy({ ...group, min: 0, max: 0 }, 'UpdateStack');
    await steady(0);
  });

  it('with another launch template refreshes the servers, and waits for that', async () => {
    const updatePolicy = {
      AutoScalingInstanceRefresh: {
        Strategy: 'Rolling',
        Preferences: { MinHealthyPercentage: 100, MaxHealthyPercentage: 150 },
      },
    };
    const group = { name: 'versions', updatePolicy };
    const { steady } = await account.fleet({ ...group, data: { version: 'one' } });
    expect((await account.ask('versions')).version).toBe('one');
    await account.deploy({ ...group, data: { version: 'two' } }, 'UpdateStack');
    await steady(2);
    const versions = await Promise.all(Array.from({ length: 10 }, async () => (await account.ask('versions')).version));
    expect(new Set(versions)).toEqual(new Set(['two']));
  });

  it('writes the weights of the listener', async () => {
    const group = { name: 'weighted', min: 1 };
    await account.fleet(group);
    expect((await account.ask('weighted')).status).toBe(200);
    await account.deploy({ ...group, weight: 0 }, 'UpdateStack');
    expect((await account.ask('weighted')).status).toBe(503);
  });
});

/** The function of the rollout machine with groups, weights and servers of the emulator, under load. What it decides in every case: test/unit/lambda/rollout. */
import { setTimeout as wait } from 'node:timers/promises';
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import {
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { LookInput, LookOutput, Service } from '../../lambda/rollout/service';
import type { Colour, Plan, RolloutInput, ServiceState } from '../../lambda/rollout/state';
import { accountEnv } from '../../lib/rehearsal/aws';
import { FleetAccount } from '../support/fleet';
import { targetGroup } from '../support/fleet-template';

const REGION = 'eu-west-1';
const OLD = { id: 'old', sha256: '1' };
const NEW = { id: 'new', sha256: '2' };
const PLAN: Plan = {
  strategy: 'canary',
  steps: [5, 100],
  bakeSeconds: 2,
  bootSeconds: 60,
  keepSeconds: 2,
  pollSeconds: 1,
  moreErrorsPercent: 1,
  slowerTimes: 1.5,
  fewRequests: 20,
};

let account: FleetAccount;
let handler: (input: LookInput) => Promise<LookOutput>;
const clients = () => ({ s3: new S3Client({ forcePathStyle: true }), groups: new AutoScalingClient({}) });

beforeAll(async () => {
  account = await FleetAccount.start('.holdfast/rollout');
  Object.assign(process.env, accountEnv(account.cloud, REGION), { ENVIRONMENT: 'try', RELEASE_BUCKET: 'releases' });
  ({ handler } = await import('../../lambda/rollout'));
  await clients().s3.send(new CreateBucketCommand({ Bucket: 'releases' }));
}, 120_000);
afterAll(() => account?.stop());
afterEach(() => account.deleteAll());

const tuple = (TargetGroupArn: object, Weight: number) => ({ TargetGroupArn, Weight });

/** Blue with two servers, green with none. */
async function deployed(name: string) {
  const group = { AvailabilityZones: ['eu-west-1a', 'eu-west-1b'], HealthCheckType: 'ELB', HealthCheckGracePeriod: 30 };
  const template = {
    LaunchTemplateId: { Ref: 'Template' },
    Version: { 'Fn::GetAtt': ['Template', 'LatestVersionNumber'] },
  };
  const forward = { TargetGroups: [tuple({ Ref: 'Targets' }, 100), tuple({ Ref: 'Green' }, 0)] };
  const out = await account.deploy({
    name,
    min: 2,
    max: 4,
    resources: {
      Green: targetGroup({ Name: `${name}-g` }),
      GreenGroup: {
        Type: 'AWS::AutoScaling::AutoScalingGroup',
        Properties: {
          ...group,
          AutoScalingGroupName: `${name}-green`,
          MinSize: '0',
          MaxSize: '0',
          TargetGroupARNs: [{ Ref: 'Green' }],
          LaunchTemplate: template,
        },
      },
      Listener: {
        Type: 'AWS::ElasticLoadBalancingV2::Listener',
        Properties: {
          LoadBalancerArn: { Ref: 'Balancer' },
          Port: 80,
          Protocol: 'HTTP',
          DefaultActions: [{ Type: 'forward', ForwardConfig: forward }],
        },
      },
    },
  });
  await account.steady(name, out.Targets ?? '', 2);
  const { TargetGroups: [green] = [] } = await new ElasticLoadBalancingV2Client({}).send(
    new DescribeTargetGroupsCommand({ Names: [`${name}-g`] }),
  );
  const fullName = (arn = '') => arn.slice(arn.indexOf('targetgroup/'));
  const service: Service = {
    groups: { blue: name, green: `${name}-green` },
    balanced: {
      targetGroups: {
        blue: { arn: out.Targets ?? '', fullName: fullName(out.Targets) },
        green: { arn: green?.TargetGroupArn ?? '', fullName: fullName(green?.TargetGroupArn) },
      },
      listenerArn: out.Listener ?? '',
      loadBalancerFullName: out.BalancerName ?? '',
      test: { url: 'http://127.0.0.1:1' },
    },
    alarms: ['none-such'],
    stack: name,
  };
  const Key = `services/${name}.json`;
  const first: ServiceState = {
    active: 'blue',
    fleets: { blue: OLD },
    weights: { blue: 100, green: 0 },
    configured: { min: 2, max: 4 },
    outcomes: [],
  };
  const { s3, groups } = clients();
  await s3.send(new PutObjectCommand({ Bucket: 'releases', Key, Body: JSON.stringify(first) }));
  return {
    service,
    state: async (): Promise<ServiceState> => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'releases', Key }));
      return JSON.parse((await Body?.transformToString()) ?? '');
    },
    async group(colour: Colour) {
      const names = { blue: name, green: `${name}-green` };
      const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [names[colour]] });
      const [found] = (await groups.send(asked)).AutoScalingGroups ?? [];
      const held = found?.SuspendedProcesses?.map(({ ProcessName }) => ProcessName) ?? [];
      return { min: found?.MinSize, max: found?.MaxSize, servers: found?.Instances?.length, held };
    },
  };
}

/** To the end, in real time. @param between is called after each look */
async function rolled(name: string, service: Service, plan: Partial<Plan> = {}, between = async () => {}) {
  const rollout: RolloutInput = { id: `${name}-1`, services: [name], release: NEW, plan: { ...PLAN, ...plan } };
  let input: LookInput = { rollout, services: { [name]: service }, looks: 0 };
  for (;;) {
    const output = await handler(input);
    if (output.next === 'done' || output.next === 'failed') return output;
    await between();
    input = output.next === 'smoke' ? { ...output, smoke: { service: name, reason: '' } } : output;
    await wait(output.next === 'wait' ? 1000 * output.seconds : 100);
  }
}

it('a canary moves requests to new servers and loses none of them', async () => {
  const { service, state, group } = await deployed('canary');
  const statuses = await account.underLoad('canary', async () => {
    expect(await rolled('canary', service)).toMatchObject({ next: 'done' });
  });
  expect([...statuses.keys()]).toEqual([200]);
  expect(await state()).toMatchObject({
    active: 'green',
    weights: { blue: 0, green: 100 },
    outcomes: [{ outcome: 'released' }],
  });
  expect((await state()).rollout).toBeUndefined();
  expect(await group('green')).toEqual({ min: 2, max: 4, servers: 2, held: [] });
  expect(await group('blue')).toMatchObject({ min: 0, max: 0, held: ['ScheduledActions'] });
}, 120_000);

it('a refresh replaces servers in place and loses no request', async () => {
  const { service, state } = await deployed('rolling');
  const before = (await account.servers('rolling')).map(({ id }) => id);
  const statuses = await account.underLoad('rolling', async () => {
    const plan = { strategy: 'rolling', steps: [100] } as const;
    expect(await rolled('rolling', service, plan)).toMatchObject({ next: 'done' });
  });
  expect([...statuses.keys()]).toEqual([200]);
  expect(await state()).toMatchObject({ active: 'blue', fleets: { blue: NEW }, outcomes: [{ outcome: 'released' }] });
  const after = (await account.servers('rolling')).map(({ id }) => id);
  expect(after.filter((id) => before.includes(id))).toEqual([]);
}, 180_000);

it('weights that somebody changed by hand lead back, and back they are', async () => {
  const { service, state, group } = await deployed('byhand');
  const { balanced } = service;
  let changed = false;
  const output = await rolled('byhand', service, { bakeSeconds: 20 }, async () => {
    if (changed || (await state()).rollout?.phase !== 'bake' || (await state()).rollout?.moving) return;
    changed = true;
    const TargetGroups = [
      tuple(balanced?.targetGroups.blue.arn as never, 50),
      tuple(balanced?.targetGroups.green.arn as never, 50),
    ];
    await new ElasticLoadBalancingV2Client({}).send(
      new ModifyListenerCommand({
        ListenerArn: balanced?.listenerArn,
        DefaultActions: [{ Type: 'forward', ForwardConfig: { TargetGroups } as never }],
      }),
    );
  });
  expect(output).toMatchObject({
    error: 'RolledBack',
    reason: 'weights: expected blue 95 and green 5, got blue 50 and green 50: changed by hand',
  });
  expect(await state()).toMatchObject({ active: 'blue', weights: { blue: 100, green: 0 } });
  expect(await group('green')).toMatchObject({ min: 0, max: 0 });
}, 120_000);

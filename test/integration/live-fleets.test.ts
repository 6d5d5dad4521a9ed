/** The custom resource by which a deployment learns what servers there are: its handler with real buckets and groups of the emulator. */
import { createHash } from 'node:crypto';
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { LiveFleetsProperties } from '../../lambda/live-fleets/fleets';
import type { ServiceState } from '../../lambda/rollout/state';
import { accountEnv } from '../../lib/rehearsal/aws';
import { answerOf } from '../support/custom-resource';
import { FleetAccount } from '../support/fleet';

const ARCHIVE = Buffer.from('archive');
const RELEASE = { id: 'first', sha256: createHash('sha256').update(ARCHIVE).digest('hex') };

let account: FleetAccount;
let s3: S3Client;
let groups: AutoScalingClient;
let handler: Parameters<typeof answerOf>[0];
let count = 0;

beforeAll(async () => {
  account = await FleetAccount.start('.holdfast/integration-live-fleets');
  Object.assign(process.env, accountEnv(account.cloud, 'eu-west-1')); // before a client is made
  ({ handler } = await import('../../lambda/live-fleets'));
  s3 = new S3Client({ forcePathStyle: true });
  groups = new AutoScalingClient({});
  await new EC2Client({}).send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName: 'servers', LaunchTemplateData: { ImageId: 'ami-1' } }),
  );
}, 120_000);

afterAll(() => account?.stop());

/** An environment of its own, with groups once they are wanted. */
async function environment() {
  count += 1;
  const bucket = `releases-${count}`;
  const name = (colour: string) => `Holdfast-e${count}-backend-${colour}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'asset.tar', Body: ARCHIVE }));
  const properties: LiveFleetsProperties = {
    environment: 'prod',
    bucket,
    source: { bucket, key: 'asset.tar' },
    release: RELEASE,
    manifest: '{"id":"first"}',
    deployment: 'one',
    services: { backend: { min: '2', max: '10', groups: { blue: name('blue'), green: name('green') } } },
  };
  const text = async (Key: string) =>
    (await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body?.transformToString() ?? '';
  return {
    properties,
    text,
    blue: name('blue'),
    green: name('green'),
    deploy: (change: Partial<LiveFleetsProperties> = {}, type: 'Create' | 'Update' = 'Update') =>
      answerOf(handler, type, 'Custom::LiveFleets', { ...properties, ...change }),
    state: async (): Promise<ServiceState> => JSON.parse(await text('services/backend.json')),
    set: (state: ServiceState) =>
      s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'services/backend.json', Body: JSON.stringify(state) })),
    group: (colour: 'blue' | 'green', MinSize: number, MaxSize: number) =>
      groups.send(
        new CreateAutoScalingGroupCommand({
          AutoScalingGroupName: name(colour),
          MinSize,
          MaxSize,
          AvailabilityZones: ['eu-west-1a'],
          LaunchTemplate: { LaunchTemplateName: 'servers' },
        }),
      ),
  };
}

it('a first deployment brings the release with its manifest, and all is blue', async () => {
  const world = await environment();
  expect(await world.deploy({}, 'Create')).toMatchObject({
    Status: 'SUCCESS',
    Data: {
      backendBlueMin: '2',
      backendBlueMax: '10',
      backendBlueWeight: '100',
      backendGreenMin: '0',
      backendGreenMax: '0',
      backendGreenWeight: '0',
    },
  });
  expect(await world.text('releases/first.tar')).toBe('archive');
  expect(await world.text('releases/first.json')).toBe('{"id":"first"}');
  expect(await world.state()).toMatchObject({ active: 'blue', fleets: { blue: RELEASE }, deployment: 'one' });
});

it('refuses a first release whose bytes are others, and writes nothing', async () => {
  const world = await environment();
  const { Status, Reason } = await world.deploy({ release: { id: 'first', sha256: 'f'.repeat(64) } }, 'Create');
  expect([Status, Reason]).toEqual([
    'FAILED',
    `release first: expected sha256 ${'f'.repeat(64)}, got ${RELEASE.sha256}`,
  ]);
  await expect(world.state()).rejects.toThrow(/NoSuchKey|specified key/);
});

/** As a release leaves it: green is active, and has scaled out. */
async function released() {
  const world = await environment();
  await world.deploy({}, 'Create');
  await world.group('blue', 0, 0);
  await world.group('green', 4, 10);
  const state = await world.state();
  await world.set({ ...state, active: 'green', weights: { blue: 0, green: 100 }, fleets: { green: RELEASE } });
  return { ...world, released: await world.state() };
}

it('a later deployment is told what there is, and changes neither release nor weights', async () => {
  const world = await released();
  expect(await world.deploy({ deployment: 'two' })).toMatchObject({
    Data: {
      backendBlueMin: '0',
      backendBlueMax: '0',
      backendBlueWeight: '0',
      backendGreenMin: '4',
      backendGreenMax: '10',
      backendGreenWeight: '100',
    },
  });
  expect(await world.state()).toEqual({ ...world.released, deployment: 'two' });
});

it('limits that are configured anew are for the active group', async () => {
  const world = await released();
  const { backend } = world.properties.services;
  const services = { backend: { min: '3', max: '12', groups: backend?.groups ?? {} } };
  expect(await world.deploy({ deployment: 'two', services })).toMatchObject({
    Data: { backendGreenMin: '3', backendGreenMax: '12', backendBlueMax: '0' },
  });
  await groups.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: world.green, MinSize: 5, MaxSize: 12 }));
  expect(await world.deploy({ deployment: 'three', services })).toMatchObject({ Data: { backendGreenMin: '5' } });
});

it('refuses a deployment in mid-canary, not the way back to the one before', async () => {
  const world = await released();
  // biome-ignore lint/suspicious/noExplicitAny: the rest of a rollout doesn't matter here
  const rollout = { phase: 'bake', release: { id: 'second', sha256: '2' } } as any;
  await world.set({ ...world.released, weights: { blue: 5, green: 95 }, rollout });
  expect(await world.deploy({ deployment: 'two' })).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringContaining('backend: expected no rollout under way, got that of release second (bake)'),
  });
  expect((await world.state()).deployment).toBe('one');
  expect(await world.deploy({ deployment: 'one' })).toMatchObject({
    Status: 'SUCCESS',
    Data: { backendBlueWeight: '5' },
  });
});

it('a service that comes later begins with the release that the backend has', async () => {
  const world = await released();
  const current = { id: 'tenth', sha256: '10' };
  await world.set({ ...world.released, fleets: { green: current } });
  const services = { workers: { min: '1', max: '4', groups: { blue: 'workers-blue' } } };
  expect(await world.deploy({ services }, 'Create')).toMatchObject({
    Data: { workersBlueMin: '1', workersBlueMax: '4', workersBlueWeight: '100' },
  });
  expect(JSON.parse(await world.text('services/workers.json')).fleets).toEqual({ blue: current });
});

it('the clock may start servers in the active group alone', async () => {
  const world = await released();
  const { bucket, services } = world.properties;
  await answerOf(handler, 'Create', 'Custom::RestingGroups', { bucket, services, deployment: 'one' });
  const { AutoScalingGroups = [] } = await groups.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [world.blue, world.green] }),
  );
  const held = AutoScalingGroups.filter(({ SuspendedProcesses = [] }) =>
    SuspendedProcesses.some(({ ProcessName }) => ProcessName === 'ScheduledActions'),
  );
  expect(held.map(({ AutoScalingGroupName }) => AutoScalingGroupName)).toEqual([world.blue]);
});

it('its end deletes nothing', async () => {
  const world = await released();
  await answerOf(handler, 'Delete', 'Custom::LiveFleets', world.properties);
  expect(await world.state()).toEqual(world.released);
  expect(await world.text('releases/first.tar')).toBe('archive');
});

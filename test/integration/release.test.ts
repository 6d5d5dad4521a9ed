/** `npm run release` as it is run, against a real S3 server, CloudFormation and Step Functions of the emulator; the test plays the machine's part, by the states it writes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import type { RolloutInput, ServiceState } from '../../lambda/rollout/state';
import { readState, writeState } from '../../lambda/rollout/store';
import { environment } from '../../lib/config';
import { EDGE_REGION } from '../../lib/config/edge-region';
import { archived, ends, rolloutOf, stateOf } from '../support/fleets';
import { type S3, s3Env, startS3 } from '../support/s3';

const config = { ...environment('dev'), domain: undefined };
const { region } = config;
const BUCKET = 'releases-of-the-test';
const SITE = 'site-of-the-test';
let emulator: S3;
let s3: S3Client;
let sfn: SFNClient;
const settings = (where: string) => ({
  endpoint: emulator.endpoint,
  region: where,
  credentials: { accessKeyId: '000000000000', secretAccessKey: 'x' },
});

const bucket = (BucketName: string) => ({ Type: 'AWS::S3::Bucket', Properties: { BucketName } });
async function stack(name: string, where: string, Resources: object, outputs: Readonly<Record<string, unknown>>) {
  const client = new CloudFormationClient(settings(where));
  const Outputs = Object.fromEntries(Object.entries(outputs).map(([key, Value]) => [key, { Value }]));
  const StackName = `Holdfast-${config.name}-${name}`;
  await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources, Outputs }) }));
  await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StackName });
}

const FOREVER = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } } };
const DISTRIBUTION = {
  Enabled: true,
  DefaultCacheBehavior: { TargetOriginId: 'site', ViewerProtocolPolicy: 'allow-all' },
  Origins: [{ Id: 'site', DomainName: 'example.com', CustomOriginConfig: { OriginProtocolPolicy: 'http-only' } }],
};

beforeAll(async () => {
  emulator = await startS3('.holdfast/integration-release');
  s3 = new S3Client({ ...settings(region), forcePathStyle: true, followRegionRedirects: true });
  sfn = new SFNClient(settings(region));
  const RoleArn = 'arn:aws:iam::000000000000:role/machine';
  const machine = { Type: 'AWS::StepFunctions::StateMachine', Properties: { RoleArn, Definition: FOREVER } };
  await stack('Backend', region, { Releases: bucket(BUCKET) }, { ReleaseBucketName: BUCKET });
  await stack('Rollouts', region, { Machine: machine }, { RolloutMachineArn: { Ref: 'Machine' } });
  await stack(
    'Edge',
    EDGE_REGION,
    {
      Site: bucket(SITE),
      Copy: bucket(`${SITE}-copy`),
      Cdn: { Type: 'AWS::CloudFront::Distribution', Properties: { DistributionConfig: DISTRIBUTION } },
    },
    { SiteBucketName: SITE, SiteReplicas: `${SITE}-copy`, DistributionId: { Ref: 'Cdn' } },
  );
  const old = await archived({ 'site/index.html': 'old', 'backend/server.js': '' });
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `releases/${old.release.id}.tar`, Body: old.archive }));
  await writeState(s3, BUCKET, 'backend', stateOf(old.release));
}, 120_000);
afterAll(() => emulator?.stop());

function command(...args: readonly string[]) {
  const env = { ...s3Env(emulator.endpoint), AWS_REGION: region, CI: 'true' };
  const child = spawn(process.execPath, ['dist/bin/release.js', '--env', config.name, '--json', ...args], { env });
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
  });
  const ended = once(child, 'close').then(([code]) => ({
    code,
    err,
    events: out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  }));
  return { child, ended };
}

/** Waits for the next execution, and writes what its machine would. */
let seen = 0;
async function machine(...moves: readonly ((state: ServiceState, input: RolloutInput) => ServiceState)[]) {
  const [{ stateMachineArn } = {}] = (await sfn.send(new ListStateMachinesCommand({}))).stateMachines ?? [];
  for (;;) {
    const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
    const [newest] = executions.toSorted((a, b) => Number(b.startDate) - Number(a.startDate));
    if (executions.length <= seen || !newest) {
      await wait(100);
      continue;
    }
    seen = executions.length;
    const { input = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn: newest.executionArn }));
    for (const move of moves) {
      const stored = await readState(s3, BUCKET, 'backend');
      if (stored) await writeState(s3, BUCKET, 'backend', move(stored.state, JSON.parse(input)), stored.etag);
      await wait(2000); // two looks of the command
    }
    return JSON.parse(input) as RolloutInput;
  }
}

const five = (state: ServiceState, input: RolloutInput): ServiceState => ({
  ...state,
  weights: { blue: 95, green: 5 },
  rollout: rolloutOf(input, state.fleets.blue ?? input.release, { phase: 'bake', step: 0 }),
});
const text = async (Bucket: string, Key: string) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

it('that goes back says why, ends with 1, and leaves visitors their site', async () => {
  const { ended } = command();
  const input = await machine(five, ends('rolled back', 'ErrorRateHigh is in ALARM'));
  const { code, events } = await ended;
  expect(code).toBe(1);
  expect(events).toContainEqual(expect.objectContaining({ event: 'step', phase: 'bake', percent: 5 }));
  expect(events.at(-1)).toMatchObject({ event: 'end', outcome: 'rolled back', reason: 'ErrorRateHigh is in ALARM' });
  expect(JSON.parse((await text(BUCKET, `releases/${input.release.id}.json`)) ?? '')).toMatchObject({
    subject: [{ digest: { sha256: input.release.sha256 } }],
  });
  await expect(text(SITE, 'index.html')).rejects.toThrow('does not exist');
}, 90_000);

it('goes on without its command after Ctrl-C, and --watch publishes its site', async () => {
  const { child, ended } = command();
  const moved = machine(five);
  const input = await moved;
  child.kill('SIGINT');
  const interrupted = await ended;
  expect(interrupted.code).toBe(130);
  expect(interrupted.err).toContain(`npm run release -- --env ${config.name} --watch`);
  const stored = await readState(s3, BUCKET, 'backend');
  if (stored) await writeState(s3, BUCKET, 'backend', ends('released')(stored.state, input), stored.etag);
  const { code, events } = await command('--watch').ended;
  expect([code, events.at(-1)]).toMatchObject([0, { event: 'end', outcome: 'released' }]);
  expect(await text(SITE, 'index.html')).toContain('<html');
  expect(await text(`${SITE}-copy`, 'index.html')).toContain('<html');
}, 90_000);

it('comes back with its site', async () => {
  const { ended } = command('--rollback');
  await machine((state, input) => ({
    ...ends('released')(state, input),
    active: 'blue',
    fleets: { blue: input.release },
  }));
  expect((await ended).code).toBe(0);
  expect(await text(SITE, 'index.html')).toBe('old');
}, 90_000);

it('is refused with code 2 for what is not there', async () => {
  const { code, err } = await command('--service', 'bakend').ended;
  expect([code, err]).toEqual([2, "--service: expected one of backend, got 'bakend'; did you mean backend?\n"]);
}, 30_000);

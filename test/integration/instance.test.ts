/** A server of the local fleet with the built release, started by the emulator's group, before real Redis and PostgreSQL. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { client } from '../../lib/rehearsal/aws';
import type { InstanceSettings } from '../../lib/rehearsal/instance';
import { freePorts } from '../../lib/rehearsal/ports';
import { startPostgres } from '../../lib/rehearsal/postgres';
import { type Running, until } from '../../lib/rehearsal/process';
import { startRedis } from '../../lib/rehearsal/servers';
import { tools } from '../../lib/rehearsal/tools';
import { FleetAccount } from '../support/fleet';
import type { Group } from '../support/fleet-template';

const STATE = '.holdfast/instance';
const GROUP = 'Holdfast-test-backend-blue';
const BUCKET = 'releases';
const HOOK = {
  LifecycleHookName: 'ready',
  LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
  DefaultResult: 'ABANDON',
  HeartbeatTimeout: 300,
};
const { release } = JSON.parse(readFileSync('dist/meta.json', 'utf8')) as { release: { id: string; sha256: string } };

let account: FleetAccount;
let s3: S3Client;
const parts: Running[] = [];
beforeAll(async () => {
  const settingsFile = resolve(`${STATE}.json`);
  account = await FleetAccount.start(STATE, [process.execPath, resolve('dist/bin/instance.js'), settingsFile]);
  const found = await tools({ say: () => undefined });
  const [redis = 0, postgres = 0] = await freePorts(2);
  const place = (name: string) => ({ folder: resolve(STATE, name), logFile: `${STATE}/${name}.log` });
  parts.push(await startRedis(found, { ...place('redis'), port: redis }));
  parts.push(await startPostgres(found, { ...place('postgres'), port: postgres }));
  const settings: InstanceSettings = {
    endpoint: account.cloud.endpoint,
    account: account.cloud.account,
    nginx: found.nginx,
    folder: resolve(STATE, 'servers'),
    environment: {
      NODE_ENV: 'production',
      MIGRATE: '1',
      REDIS_URL: `redis://127.0.0.1:${redis}`,
      DATABASE_URL: `postgresql://postgres@127.0.0.1:${postgres}/postgres`,
      SESSION_SECRET: 's'.repeat(48),
      JWT_SECRET: 'j'.repeat(48),
      DRAIN_MS: '200',
    },
  };
  writeFileSync(settingsFile, JSON.stringify(settings));
  s3 = new S3Client({ ...client(account.cloud, 'eu-west-1'), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await put(`releases/${release.id}.tar`, readFileSync('dist/release.tar'));
}, 120_000);
afterEach(() => account.deleteAll());
afterAll(async () => {
  await account?.stop();
  for (const part of parts.reverse()) await part.stop();
});

const put = (Key: string, Body: Buffer | string) => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
const state = (sha256: string) =>
  put('services/backend.json', JSON.stringify({ fleets: { blue: { ...release, sha256 } } }));
const own = { SERVICE: 'backend', SERVES: 'backend', RELEASE_BUCKET: BUCKET, SITE_BUCKET: BUCKET };
const data = [
  "cat >/etc/holdfast/environment <<'END'",
  ...Object.entries(own).map(([name, value]) => `${name}='${value}'`),
  'END',
  '',
].join('\n');
const group: Group = { name: GROUP, min: 1, data, properties: { LifecycleHookSpecificationList: [HOOK] } };

it('fetches, starts and warms up the release that its group is to run, then takes requests', async () => {
  await state(release.sha256);
  const begun = Date.now();
  const { Targets: targets = '' } = await account.deploy(group);
  await account.steady(GROUP, targets, 1);
  process.stderr.write(`instance: in service after ${Date.now() - begun} ms, with the first migration\n`);
  const { status, text } = await account.ask(GROUP, '/health');
  expect([status, JSON.parse(text)]).toEqual([200, expect.objectContaining({ status: 'healthy' })]);
  expect((await account.ask(GROUP)).text).toContain('<!doctype html>');
});

it('drains and leaves nothing when its group lets it go', async () => {
  await state(release.sha256);
  const { Targets: targets = '' } = await account.deploy(group);
  await account.steady(GROUP, targets, 1);
  await account.scale(GROUP, 'UpdateAutoScalingGroup', { MinSize: 0, DesiredCapacity: 0 });
  await until('its end', async () => (await account.servers(GROUP)).length === 0);
  expect(readdirSync(`${STATE}/servers`)).toEqual(['releases']);
});

it('refuses a release with another checksum, and is abandoned', async () => {
  await state('0'.repeat(64));
  await account.deploy(group);
  await until('a refusal', async () =>
    (await account.scale(GROUP, 'DescribeScalingActivities')).includes('<StatusCode>Cancelled</StatusCode>'),
  );
  const logs = readdirSync(`${STATE}/instances/${GROUP}`).map((id) =>
    readFileSync(`${STATE}/instances/${GROUP}/${id}/instance.log`, 'utf8'),
  );
  expect(logs.join()).toContain(`expected sha256 ${'0'.repeat(64)}, got ${release.sha256}: not installed`);
});

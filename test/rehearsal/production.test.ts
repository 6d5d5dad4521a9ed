/** Production, deployed into the emulator: what development lacks, which is a domain, a public balancer and data that must stay. */

import { rmSync } from 'node:fs';
import { CloudFrontClient, GetDistributionConfigCommand } from '@aws-sdk/client-cloudfront';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { request } from 'undici';
import type { Event } from '../../lib/commands/failover/tasks';
import { environment } from '../../lib/config';
import { originName } from '../../lib/config/dns';
import { EDGE_REGION } from '../../lib/config/edge-region';
import { standbyOf } from '../../lib/config/recovery';
import { assemblyFolder, cdk, client, healthy, outputs } from '../../lib/rehearsal/aws';
import { check } from '../../lib/rehearsal/checks';
import { freePort } from '../../lib/rehearsal/ports';
import { until } from '../../lib/rehearsal/process';
import { type System, startSystem } from '../../lib/rehearsal/system';
import { called } from '../drills/called';
import { contents, stackStatus } from '../support/account';
import { siteCopies } from '../support/local-servers';
import { askAs, onlyFailing } from '../support/tiers';

const STATE = '.holdfast/rehearsal-prod';
/** Two regions, on a busy machine. */
const START_MS = 600_000;
const config = environment('prod');
const standby = standbyOf(config) as NonNullable<ReturnType<typeof standbyOf>>;
let system: System;

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  const say = (step: string) => process.stderr.write(`rehearsal of prod: ${step}\n`);
  system = await startSystem({ config, port: await freePort(), state: STATE, say });
}, START_MS);

afterAll(() => system?.stop());

it('answers through the whole way, with HTTPS between distribution and balancer', async () => {
  const found = await check(system.url);
  expect(found.filter(({ holds }) => !holds)).toEqual([]);
});

it('answers to its public name', async () => {
  const { statusCode, body } = await request(`${system.cloud.endpoint}/health`, {
    headers: { host: config.domain?.name ?? '' },
  });
  expect(statusCode).toBe(200);
  expect(await body.json()).toMatchObject({ status: 'healthy' });
});

describe('the site', () => {
  const NAME = config.domain?.name ?? '';
  let buckets: readonly string[];
  let balancer: string;
  const fail = (...failing: readonly string[]) => onlyFailing(system.cloud, buckets, failing);
  const page = () => askAs(system.cloud, NAME, '/some/page');

  beforeAll(async () => {
    const edge = await outputs(system.cloud, EDGE_REGION, 'Holdfast-prod-Edge');
    const backend = await outputs(system.cloud, config.region, 'Holdfast-prod-Backend');
    buckets = [edge.SiteBucketName ?? '', ...(edge.SiteReplicas ?? '').split(' ')];
    balancer = `${backend.LoadBalancerDnsName}:443`;
    const s3 = new S3Client({
      ...client(system.cloud, EDGE_REGION),
      forcePathStyle: true,
      followRegionRedirects: true,
    });
    for (const [index, Bucket] of buckets.entries())
      await s3.send(new PutObjectCommand({ Bucket, Key: 'tier.txt', Body: `bucket ${index}` }));
  });
  afterEach(() => fail());

  it('comes from its bucket', async () => {
    expect((await askAs(system.cloud, NAME, '/tier.txt')).text).toBe('bucket 0');
  });

  it('comes from the copy in the second region when the bucket fails, whole', async () => {
    const before = await page();
    await fail(buckets[0] ?? '');
    expect((await askAs(system.cloud, NAME, '/tier.txt')).text).toBe('bucket 1');
    expect(await page()).toMatchObject({ status: 200, text: before.text });
    expect((await check(system.url)).filter(({ holds }) => !holds)).toEqual([]);
    expect((await askAs(system.cloud, NAME, '/assets/none.js')).status).toBe(404);
  });

  it('comes from the servers, where DNS leads visitors, when both fail; the API never noticed', async () => {
    const before = await page();
    await fail(...buckets);
    expect((await page()).status).toBe(503);
    await until('the copies, in the place of what came with the backend', async () =>
      siteCopies(STATE).every((copy) => /^releases\/\d+-/.test(copy)),
    );
    expect(siteCopies(STATE)).toHaveLength(config.fleet.min + standby.servers);
    expect(await askAs(system.cloud, balancer, '/some/page')).toMatchObject({ status: 200, text: before.text });
    expect((await askAs(system.cloud, balancer, '/health.txt')).status).toBe(200);
    for (const name of [NAME, balancer]) {
      const api = await askAs(system.cloud, name, '/api/nothing');
      expect([api.status, api.headers['content-type']]).toEqual([404, expect.stringContaining('application/json')]);
    }
  });

  it.each(['/.releases/00000001.gz', '/%2Ereleases/00000001.gz', '/.releases%2F00000001.gz', '/.releases/owner.json'])(
    'hides the record of its releases in both buckets: %s',
    async (path) => {
      for (const failing of [[], [buckets[0] ?? '']]) {
        await fail(...failing);
        expect((await askAs(system.cloud, NAME, path)).status).toBe(403);
      }
    },
  );

  it('leads to one spelling of a path', async () => {
    const { status, headers } = await askAs(system.cloud, NAME, '/some//page?a=1');
    expect([status, headers.location]).toEqual([301, '/some/page?a=1']);
  });
});

describe('the second region', () => {
  const { region } = standby;
  const balancer = `${originName({ name: config.domain?.name ?? '' }, region)}:443`;
  const ask = (path: string, init: { readonly method?: 'POST'; readonly body?: string } = {}) =>
    request(`${system.cloud.endpoint}${path}`, {
      ...init,
      headers: { host: balancer, 'content-type': 'application/json', 'x-forwarded-proto': 'https' },
    });

  it.each(['Network', 'Data', 'Backend', 'Workers', 'Rollouts'])('has %s, as the first', async (name) => {
    const found = [
      await stackStatus(system.cloud, config.region, `Holdfast-prod-${name}`),
      await stackStatus(system.cloud, region, `Holdfast-prod-${name}Recovery`),
    ];
    expect(found).toEqual(['CREATE_COMPLETE', 'CREATE_COMPLETE']);
  });

  it('has healthy servers, which answer under its own name a page and what reads, and refuse what writes with 503', async () => {
    expect(await healthy(system.cloud, region)).toBe(true);
    expect((await askAs(system.cloud, balancer, '/some/page')).status).toBe(200);
    expect((await askAs(system.cloud, balancer, '/api/products/1')).status).toBe(200);
    const body = JSON.stringify({ email: 'second@example.com', password: 'correct horse battery' });
    const refused = await ask('/api/register', { method: 'POST', body });
    await refused.body.dump();
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '2']);
  });

  it('knows who signed up in the first', async () => {
    const body = JSON.stringify({ email: 'first@example.com', password: 'correct horse battery' });
    const headers = { host: new URL(system.url).host, 'content-type': 'application/json' };
    const signUp = await request(`${system.cloud.endpoint}/api/register`, { method: 'POST', headers, body });
    await signUp.body.dump();
    expect(signUp.statusCode).toBe(201);
    await until('a login there', async () => {
      const { statusCode, body: answer } = await ask('/api/login', { method: 'POST', body });
      await answer.dump();
      return statusCode === 200;
    });
  });
});

describe('a failover, by the command that people call', () => {
  const { region } = standby;
  const call = (...words: readonly string[]) =>
    called<Event>({ command: 'bin/failover.ts', cloud: system.cloud, config, words: ['--to', region, ...words] });

  it('is refused while the first region is well', async () => {
    const { code, stderr, events } = await call('--agreed');
    expect([code, events]).toEqual([1, []]);
    expect(stderr).toMatch(
      /^eu-west-1: expected to be down, got answers of https:\/\/eu-west-1\.origin\.[^\n]*--force\n$/,
    );
  });

  it('is foreseen by --dry-run, in order, from what is there', async () => {
    const { code, stderr, events } = await call('--force', '--dry-run');
    expect([code, stderr]).toEqual([0, '']);
    expect(events.map(({ event, outcome }) => [event, outcome])).toEqual([['plan', 'done']]);
    const [primary, replica] = ['holdfast-prod-data-primary', 'holdfast-prod-datarecovery-primary'];
    const steps = events[0]?.steps?.filter((step) => !step.startsWith('wait')) ?? [];
    expect(steps.map((step) => step.replace(/^(at least \d+ servers|\d+ alarms).*/, '$1'))).toEqual([
      `fence up: visitors go to ${region}`,
      'at least 2 servers', // of the backend
      'at least 1 servers', // that do jobs
      `${primary} takes no more writes (default_transaction_read_only)`,
      `promote ${replica}`,
    ]);
  });
});

it('gives the distribution a secret that was made at deployment', async () => {
  const { DistributionId: Id } = await outputs(system.cloud, EDGE_REGION, 'Holdfast-prod-Edge');
  const cloudFront = new CloudFrontClient(client(system.cloud, EDGE_REGION));
  const { DistributionConfig } = await cloudFront.send(new GetDistributionConfigCommand({ Id }));
  const headers = DistributionConfig?.Origins?.Items?.flatMap(({ CustomHeaders }) => CustomHeaders?.Items ?? []);
  expect(headers).toEqual([{ HeaderName: 'X-Origin-Secret', HeaderValue: expect.stringMatching(/^[A-Za-z0-9]{48}$/) }]);
});

it('keeps its data when somebody destroys it', async () => {
  const args = ['destroy', '--app', assemblyFolder(STATE), '--all', '--force'];
  const { code, output } = await cdk(system.cloud, config.region, args, `${STATE}/logs/cdk-test-destroy.log`);
  expect(code).not.toBe(0);
  expect(output).toContain('TerminationProtection');
  expect(await stackStatus(system.cloud, config.region, 'Holdfast-prod-Data')).toBe('CREATE_COMPLETE');
  const left = await contents(system.cloud, config.region);
  const named = left
    .filter((each) => /^(stack|bucket) /.test(each))
    .map((each) => each.replace(/-[0-9a-f]{12,}$/, '').replace(/^(bucket .{50}).{13}$/, '$1')); // long ones are cut for their ending
  expect(named).toEqual([
    'stack Holdfast-prod-Alerting',
    'stack Holdfast-prod-Network',
    'stack Holdfast-prod-Data',
    'bucket holdfast-prod-backend-balanceraccesslogs16497920',
    'bucket holdfast-prod-backend-releasesbucketea8ed4ca',
    'bucket holdfast-prod-backend-sitecopy4783e5ec',
    'bucket holdfast-prod-backendrecovery-balanceraccesslogs16',
    'bucket holdfast-prod-backendrecovery-releasesbucketea8ed4',
    'bucket holdfast-prod-backendrecovery-sitecopy4783e5ec',
    'bucket holdfast-prod-edge-siteaccesslogsbucket54ca4c68',
    'bucket holdfast-prod-edge-sitebucket978d4aeb',
    'bucket holdfast-prod-recoverybase-accesslogs8b620eca',
    'bucket holdfast-prod-recoverybase-sitee53d7754',
  ]);
});

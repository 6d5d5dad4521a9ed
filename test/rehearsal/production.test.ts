/** Production, deployed into the emulator: what development lacks, which is a domain, a public balancer and data that must stay. */
import { rmSync } from 'node:fs';
import { CloudFrontClient, GetDistributionConfigCommand } from '@aws-sdk/client-cloudfront';
import { request } from 'undici';
import { environment } from '../../lib/config';
import { assemblyFolder, cdk, client, outputs } from '../../lib/rehearsal/aws';
import { check } from '../../lib/rehearsal/checks';
import { freePort } from '../../lib/rehearsal/ports';
import { type System, startSystem } from '../../lib/rehearsal/system';
import { contents, stackStatus } from '../support/account';

const STATE = '.holdfast/rehearsal-prod';
const EDGE_REGION = 'us-east-1';
const config = environment('prod');
let system: System;

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  const say = (step: string) => process.stderr.write(`rehearsal of prod: ${step}\n`);
  system = await startSystem({ config, port: await freePort(), state: STATE, say });
});

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
  const named = left.filter((each) => /^(stack|bucket) /.test(each)).map((each) => each.replace(/-[0-9a-f]{12,}$/, ''));
  expect(named).toEqual([
    'stack Holdfast-prod-Alerting',
    'stack Holdfast-prod-Network',
    'stack Holdfast-prod-Data',
    'bucket holdfast-prod-backend-balanceraccesslogs16497920',
    'bucket holdfast-prod-backend-releasesbucketea8ed4ca',
    'bucket holdfast-prod-edge-siteaccesslogsbucket54ca4c68',
    'bucket holdfast-prod-edge-sitebucket978d4aeb',
  ]);
});

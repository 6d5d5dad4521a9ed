/** The development environment, deployed by the real CDK CLI into the emulator with real servers behind it. Says what the emulator only records. */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CfnResource, type Stack } from 'aws-cdk-lib';
import type { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnParameter } from 'aws-cdk-lib/aws-ssm';
import type { Browser } from 'playwright-core';
import { Agent, fetch } from 'undici';
import { HERE } from '../../lib/commands/loopback';
import { environment } from '../../lib/config';
import { EDGE_REGION } from '../../lib/config/edge-region';
import { ACCOUNT, assemblyFolder, type CdkRun, cdk, client, cloudEnv, outputs } from '../../lib/rehearsal/aws';
import { check } from '../../lib/rehearsal/checks';
import { freePort } from '../../lib/rehearsal/ports';
import { until } from '../../lib/rehearsal/process';
import { type System, startSystem } from '../../lib/rehearsal/system';
import { builtArchives } from '../../lib/stacks/archives';
import { WebApp } from '../../lib/web-app';
import { contents, invoke, logGroups, parameters, recordedOnly, stackStatus } from '../support/account';
import type { Resource } from '../support/assemblies';
import { openBrowser } from '../support/browser';
import { cliApp } from '../support/stack';
import { askAs, onlyFailing } from '../support/tiers';
import { alertWay } from './alert-way';
import { jobs } from './jobs';

const STATE = '.holdfast/rehearsal';
const STACKS = 11;
const config = environment();

/** The environment with its Backend altered, as an assembly in `outdir`. */
function synthesise(outdir: string, alter: (backend: Stack) => void): void {
  const app = cliApp(outdir);
  const web = new WebApp(app, 'Holdfast', { config, archives: builtArchives() });
  alter(web.node.findChild('Backend') as Stack);
  app.synth();
}

let system: System;
const app = ['--app', assemblyFolder(STATE)];
const run = (...args: readonly string[]): Promise<CdkRun> =>
  cdk(system.cloud, config.region, args, `${STATE}/logs/cdk-test-${args[0]}.log`);

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  const say = (step: string) => process.stderr.write(`rehearsal: ${step}\n`);
  system = await startSystem({ config, port: await freePort(), state: STATE, say });
});

afterAll(() => system?.stop());

alertWay(STATE, () => system);

it('reports every resource that the emulator only records, with the reason', async () => {
  const recorded = await recordedOnly(system.cloud);
  for (const [type, { reason, resources }] of recorded)
    process.stderr.write(`rehearsal: only recorded: ${type} (${resources.length}): ${reason}\n`);
  const accepted = JSON.parse(readFileSync('lib/rehearsal/emulator/accepted_types.json', 'utf8'));
  const deployed = readdirSync(assemblyFolder(STATE))
    .filter((file) => file.endsWith('.template.json'))
    .flatMap((file) =>
      Object.values<Resource>(JSON.parse(readFileSync(`${assemblyFolder(STATE)}/${file}`, 'utf8')).Resources),
    )
    .filter(({ Type }) => Type in accepted);
  expect(deployed.length).toBeGreaterThan(0);
  expect(recorded.flatMap(([type, { resources }]) => resources.map(() => type))).toEqual(
    deployed.map(({ Type }) => Type).sort(),
  );
});

it('answers through the whole way', async () => {
  const found = await check(system.url);
  expect(found.filter(({ holds }) => !holds)).toEqual([]);
  expect(found.length).toBeGreaterThan(7);
});

it('is closed for maintenance at edge and balancer within 30 s, healthy all the while, and opened again', async () => {
  const { host } = new URL(system.url);
  const { LoadBalancerDnsName } = await outputs(system.cloud, config.region, `Holdfast-${config.name}-Backend`);
  const balancer = `${LoadBalancerDnsName}:80`;
  const statuses = async (...asked: readonly (readonly [string, string])[]) => {
    const all = await Promise.all(asked.map(([name, path]) => askAs(system.cloud, name, path)));
    return all.map(({ status, headers }) => [status, headers['retry-after']]);
  };
  const visitors = () =>
    statuses([host, '/'], [host, '/some/page'], [host, '/api/profile'], [balancer, '/'], [balancer, '/api/profile']);
  const health = () =>
    statuses([host, '/health.txt'], [host, '/health'], [balancer, '/livez'], [balancer, '/health.txt']);
  const switchTo = (wish: 'on' | 'off') => {
    const args = ['dist/bin/maintenance.js', wish, '--env', config.name, '--json'];
    const env = cloudEnv(system.cloud, config.region);
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    return { changed: JSON.parse(stdout || '{}'), stderr };
  };
  const open = await visitors();
  expect(open.map(([status]) => status)).toEqual([200, 200, 401, 200, 401]);

  const begin = performance.now();
  expect(switchTo('on')).toMatchObject({ stderr: '', changed: { maintenance: 'on', edge: true, balancer: true } });
  await until('the page', async () => (await visitors()).every(([status]) => status === 503), 30_000);
  const seconds = (performance.now() - begin) / 1000;
  process.stderr.write(`rehearsal: closed for maintenance after ${seconds.toFixed(1)} s\n`);
  expect(seconds).toBeLessThan(30);
  expect(await visitors()).toEqual(open.map(() => [503, '120']));
  expect((await health()).map(([status]) => status)).toEqual([200, 200, 200, 200]);
  expect(switchTo('on').changed).toMatchObject({ edge: false, balancer: false });

  switchTo('off');
  await until('the site', async () => (await visitors()).every(([status]) => status !== 503), 30_000);
  expect(await visitors()).toEqual(open);
}, 90_000);

it('shows a page that a service beside the backend renders for who asks, escaped, with the headers of all', async () => {
  const { status, text, headers } = await askAs(
    system.cloud,
    new URL(system.url).host,
    '/reports/services?reader=%3Cb%3EAda',
  );
  expect([status, text]).toEqual([200, expect.stringContaining('<p>For &lt;b&gt;Ada</p>')]);
  expect(headers).toMatchObject({ 'content-security-policy': expect.stringContaining("default-src 'self'") });
});

it('has its site from the servers when the bucket fails, where there is no second region', async () => {
  const { SiteBucketName: bucket = '' } = await outputs(system.cloud, EDGE_REGION, `Holdfast-${config.name}-Edge`);
  const host = new URL(system.url).host;
  const [page, missing] = ['/some/page', '/assets/none.js'];
  const before = await askAs(system.cloud, host, page);
  await onlyFailing(system.cloud, [bucket], [bucket]);
  const after = await askAs(system.cloud, host, page);
  const found = await check(system.url);
  const { status } = await askAs(system.cloud, host, missing);
  await onlyFailing(system.cloud, [bucket], []);
  expect(before.headers).not.toHaveProperty('x-request-id'); // NGINX's
  expect(after).toMatchObject({ status: 200, text: before.text, headers: { 'x-request-id': expect.anything() } });
  expect(found.filter(({ holds }) => !holds)).toEqual([]);
  expect(status).toBe(404);
});

it('limits a visitor by the address that CloudFront saw, whatever the visitor claims', async () => {
  const ask = async (localAddress: string, claimed: string) => {
    const dispatcher = new Agent({ localAddress, connect: { lookup: HERE } });
    const headers = { 'cloudfront-viewer-address': `${claimed}:1`, 'x-forwarded-for': claimed };
    const { status } = await fetch(new URL('/api/products/1', system.url), { dispatcher, headers });
    await dispatcher.destroy();
    return status;
  };
  const statuses = [];
  for (let each = 1; each <= 101; each++) statuses.push(await ask('127.0.9.1', `198.51.100.${each}`));
  expect(statuses.slice(0, 100)).toEqual(Array(100).fill(200));
  expect(statuses[100]).toBe(429);
  expect(await ask('127.0.9.2', '198.51.100.1')).toBe(200);
});

describe('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it('a visitor registers, is logged in, and still is after loading the page again', async () => {
    const page = await browser.newPage();
    await page.goto(new URL('register', system.url).href);
    await page.fill('[name=email]', 'visitor@example.com');
    await page.fill('[name=password]', 'long enough');
    await page.click('button[type=submit]');
    await page.waitForSelector('#email');
    await page.reload();
    expect(await page.textContent('#email')).toBe('visitor@example.com');
  });

  it('an unknown path renders the application, which breaks no rule of its content policy', async () => {
    const page = await browser.newPage();
    const violations: string[] = [];
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) violations.push(message.text());
    });
    await page.goto(new URL('no/such/page', system.url).href);
    await page.waitForSelector('h1');
    expect(await page.textContent('h1')).toBe('Nothing here');
    expect(violations).toEqual([]);
  });
});

jobs(config, STATE, () => system);

it('finds no difference between what is deployed and what is synthesised', async () => {
  const { code, output } = await run('diff', ...app, '--all', '--fail');
  expect(output).toContain('Number of stacks with differences: 0');
  expect(code).toBe(0);
});

it('deploys nothing when nothing changed', async () => {
  const { code, output } = await run('deploy', ...app, '--all', '--require-approval', 'never');
  expect(code).toBe(0);
  expect(output.match(/\(no changes\)/g)).toHaveLength(STACKS);
});

describe('an update', () => {
  const CHANGED = `${STATE}/changed`;
  const BROKEN = `${STATE}/broken`;
  const backend = `Holdfast-${config.name}-Backend`;
  const logsOf = (stack: Stack) => stack.node.findChild('Logs').node.defaultChild as CfnLogGroup;
  const retentions = async () =>
    (await logGroups(system.cloud, config.region))
      .filter(({ logGroupName = '' }) => /Backend\WLogs/.test(logGroupName))
      .map(({ retentionInDays }) => retentionInDays);

  it('changes the one stack that differs, and no other', async () => {
    synthesise(CHANGED, (stack) => {
      logsOf(stack).retentionInDays = 14;
    });
    const { code, output } = await run('deploy', '--app', CHANGED, '--all', '--require-approval', 'never');
    expect(code).toBe(0);
    expect(output.match(/\(no changes\)/g)).toHaveLength(STACKS - 1);
    expect(await retentions()).toEqual([14]);
    expect(await stackStatus(system.cloud, config.region, backend)).toBe('UPDATE_COMPLETE');
  });

  it('that fails half-way is undone, and the site goes on answering', async () => {
    synthesise(BROKEN, (stack) => {
      logsOf(stack).retentionInDays = 30;
      const added = new CfnParameter(stack, 'Added', { type: 'String', value: 'new', name: 'added-by-failed-update' });
      const broken = new CfnResource(stack, 'Broken', {
        type: 'Custom::Broken',
        properties: { ServiceToken: `arn:aws:lambda:${config.region}:${ACCOUNT}:function:nobody` },
      });
      for (const done of [logsOf(stack), added]) broken.addResourceDependency(done);
    });
    const { code, output } = await run('deploy', '--app', BROKEN, '--all', '--require-approval', 'never');
    expect(code).not.toBe(0);
    expect(output).toContain('nobody');
    expect(await stackStatus(system.cloud, config.region, backend)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await retentions()).toEqual([14]);
    expect(await parameters(system.cloud, config.region)).not.toContain('added-by-failed-update');
    expect((await run('diff', '--app', CHANGED, '--all', '--fail')).code).toBe(0);
    expect((await check(system.url)).filter(({ holds }) => !holds)).toEqual([]);
  });
});

describe('the probes', () => {
  const primary = config.region;
  let names: Readonly<Record<string, string>>;
  beforeAll(async () => {
    names = {
      ...(await outputs(system.cloud, primary, `Holdfast-${config.name}-Probes`)),
      ...(await outputs(system.cloud, EDGE_REGION, `Holdfast-${config.name}-Uptime`)),
    };
  });
  const look = (region: string, name: string, joined?: Readonly<Record<string, string>>) =>
    invoke(system.cloud, region, names[name] ?? '', joined);

  it('say what is down where the emulator has no servers behind its addresses', async () => {
    for (const name of ['RedisProbeName', 'PostgresProbeName'])
      expect(await look(primary, name)).toMatchObject({ Up: 0, faults: [expect.stringMatching(/\w/)] });
    expect(await look(EDGE_REGION, 'UptimeProbeName')).toMatchObject({ Up: 0, Dns: 0 });
  });

  it('find the real servers up once they are told where those are, as the users that migrations made', async () => {
    const { redis, postgres } = system.ports;
    const store = { ADDRESS: `127.0.0.1:${redis}`, CACHE_USER: 'default', TLS: '' };
    const database = { HOST: '127.0.0.1', PORT: `${postgres}`, DATABASE: 'postgres', TLS: '' };
    expect(await look(primary, 'RedisProbeName', store)).toMatchObject({ Up: 1, faults: [] });
    expect(await look(primary, 'PostgresProbeName', database)).toMatchObject({ Up: 1 });
  });
});

it('refuses a resource type that is neither emulated nor on the list of what is only recorded', async () => {
  const TemplateBody = JSON.stringify({ Resources: { Mistyped: { Type: 'AWS::EC2::Vcp' } } });
  const cloudFormation = new CloudFormationClient(client(system.cloud, config.region));
  const create = cloudFormation.send(new CreateStackCommand({ StackName: 'mistyped', TemplateBody }));
  await expect(create).rejects.toThrow('Unrecognized resource types: [AWS::EC2::Vcp]');
});

it('leaves nothing behind when it is destroyed, as development may be', async () => {
  const { code } = await run('destroy', ...app, '--all', '--force');
  expect(code).toBe(0);
  const left = [...(await contents(system.cloud, config.region)), ...(await contents(system.cloud, EDGE_REGION))];
  expect(left).toEqual([]);
});

/** The development environment, deployed by the real CDK CLI into the emulator with real servers behind it. Says what the emulator only records. */
import type { Browser } from 'playwright-core';
import { environment } from '../../lib/config';
import { assemblyFolder, type CdkRun, cdk } from '../../lib/rehearsal/aws';
import { check } from '../../lib/rehearsal/checks';
import { freePort } from '../../lib/rehearsal/ports';
import { type System, startSystem } from '../../lib/rehearsal/system';
import { openBrowser } from '../support/browser';

const STATE = '.holdfast/rehearsal';
const config = environment();

let system: System;
const app = ['--app', assemblyFolder(STATE)];
const run = (...args: readonly string[]): Promise<CdkRun> =>
  cdk(system.cloud, config.region, args, `${STATE}/logs/cdk-test-${args[0]}.log`);

beforeAll(async () => {
  const say = (step: string) => process.stderr.write(`rehearsal: ${step}\n`);
  system = await startSystem({ config, port: await freePort(), state: STATE, say });
  const report = await fetch(`${system.cloud.endpoint}/_holdfast/report`).then((response) => response.json());
  process.stderr.write(`only recorded by the emulator: ${Object.keys(report.recorded_only).sort().join(', ')}\n`);
});

afterAll(() => system?.stop());

it('answers through the whole way', async () => {
  const found = await check(system.url);
  expect(found.filter(({ holds }) => !holds)).toEqual([]);
  expect(found.length).toBeGreaterThan(7);
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

it('finds no difference between what is deployed and what is synthesised', async () => {
  const { code, output } = await run('diff', ...app, '--all', '--fail');
  expect(output).toContain('Number of stacks with differences: 0');
  expect(code).toBe(0);
});

it('deploys nothing when nothing changed', async () => {
  const { code, output } = await run('deploy', ...app, '--all', '--require-approval', 'never');
  expect(code).toBe(0);
  expect(output.match(/\(no changes\)/g)).toHaveLength(7);
});

it('is destroyed whole, as development may be', async () => {
  const { code, output } = await run('destroy', ...app, '--all', '--force');
  expect(output).not.toContain('DELETE_FAILED');
  expect(code).toBe(0);
});

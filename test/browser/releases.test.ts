/** What a release, a rollback and the kill switch do to the browsers that have the site open. Releases are taken as on a server. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import type { Browser, BrowserContext } from 'playwright-core';
import { until } from '../../lib/rehearsal/process';
import { openBrowser } from '../support/browser';
import { type Site, startSite } from '../support/site';
import { caches, heading, lookAgain, offersUpdate, oneWaits, open, shows, visit } from '../support/visitor';

let browser: Browser;
let context: BrowserContext;
let site: Site;
const built: Record<string, string> = {};

const RELEASE = /name="release" content="(\w+)"/;
const releaseOf = (name: string) => RELEASE.exec(readFileSync(`${built[name]}/index.html`, 'utf8'))?.[1];
const cacheOf = (name: string) => `site-${releaseOf(name)}`;
const both = () => [cacheOf('First.'), cacheOf('Second.')].sort();

beforeAll(async () => {
  site = await startSite('releases');
  for (const name of ['First.', 'Second.']) built[name] = site.build(name);
  site.build('Without a worker.', { VITE_SERVICE_WORKER: 'off' });
  site.release('First.');
  await site.up();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});
beforeEach(async () => {
  site.release('First.');
  context = await browser.newContext();
});
afterEach(() => context.close());

const release = () => site.release('Second.');

it('lets an open tab work on after a release, its assets included, and says that there is a new version', async () => {
  const page = await visit(context, site.url);
  release();
  await lookAgain(page);
  await offersUpdate(page);
  const assets = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLLinkElement>('head [href^="/assets/"]')].map(({ href }) => href),
  );
  const answers = await page.evaluate(
    (all) => Promise.all(all.map((each) => fetch(each).then(({ ok }) => ok))),
    assets,
  );
  await page.click('text=Log in');
  await shows(page, 'Log in');
  await page.click('.brand');
  await shows(page, 'First.');
  expect(answers).toEqual(assets.map(() => true));
  expect([await oneWaits(page), (await caches(page)).sort()]).toEqual([true, both()]);
});

it('updates when the reader says so, and drops the cache of the release before but no other', async () => {
  const page = await visit(context, site.url);
  await page.evaluate(() => globalThis.caches.open('of-the-application'));
  release();
  await lookAgain(page);
  await offersUpdate(page);
  await page.click('#update >> text=Reload');
  await shows(page, 'Second.');
  await page.waitForSelector('#update:empty', { state: 'attached' });
  expect((await caches(page)).sort()).toEqual(['of-the-application', cacheOf('Second.')]);
});

it('leaves the reader alone who says later', async () => {
  const page = await visit(context, site.url);
  release();
  await lookAgain(page);
  await offersUpdate(page);
  await page.click('#update >> text=Later');
  const focused = await page.evaluate(() => document.activeElement?.id);
  expect([await page.textContent('#update'), focused, await heading(page)]).toEqual(['', 'main', 'First.']);
});

it('shows a new release at once to who loads the page, and lets its worker in when no other tab is open', async () => {
  const page = await visit(context, site.url);
  release();
  await page.reload();
  expect(await heading(page)).toBe('Second.');
  await until('its cache alone', async () => `${await caches(page)}` === cacheOf('Second.'));
  expect(await page.textContent('#update')).toBe('');
});

it('keeps the cache of a release for as long as a tab of it is open', async () => {
  const page = await visit(context, site.url);
  const other = await visit(context, site.url);
  release();
  await page.reload();
  await shows(page, 'Second.');
  await offersUpdate(other);
  await page.reload();
  await page.waitForTimeout(1000); // in which it would be let in
  expect([await oneWaits(other), (await caches(other)).sort()]).toEqual([true, both()]);
});

it('does not reload another tab, but offers it the version that was let in', async () => {
  const page = await visit(context, site.url);
  const other = await visit(context, site.url);
  release();
  await lookAgain(page);
  await offersUpdate(page);
  await page.click('#update >> text=Reload');
  await shows(page, 'Second.');
  await offersUpdate(other);
  expect(await heading(other)).toBe('First.');
  await other.click('#update >> text=Reload');
  await shows(other, 'Second.');
});

it('goes back as it went forward', async () => {
  release();
  const page = await visit(context, site.url);
  expect(await heading(page)).toBe('Second.');
  site.release('First.');
  await lookAgain(page);
  await offersUpdate(page);
  await page.click('#update >> text=Reload');
  await shows(page, 'First.');
  expect(await caches(page)).toEqual([cacheOf('First.')]);
});

it('opens offline as the release that was let in last', async () => {
  const page = await visit(context, site.url);
  release();
  await lookAgain(page);
  await offersUpdate(page);
  await page.click('#update >> text=Reload');
  await shows(page, 'Second.');
  await site.down();
  await open(page, site.url);
  expect(await heading(page)).toBe('Second.');
  await site.up();
});

it('is asked for anew each time, so that no cache keeps a browser from the next one', async () => {
  const { headers } = await fetch(`${site.url}service-worker.js`);
  expect(headers.get('cache-control')).toBe('no-cache');
});

it('takes no release of which only a half is published', async () => {
  const page = await visit(context, site.url);
  const worker = readFileSync(`${site.current}/service-worker.js`);
  cpSync(`${built['Second.']}/service-worker.js`, `${site.current}/service-worker.js`);
  const state = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update().catch(() => undefined);
    const { installing } = registration;
    await new Promise((done) => (installing ? installing.addEventListener('statechange', done) : done(undefined)));
    return installing?.state;
  });
  writeFileSync(`${site.current}/service-worker.js`, worker);
  expect([state, await caches(page)]).toEqual(['redundant', [cacheOf('First.')]]);
});

it('is removed from a browser by a release without a worker, which open tabs outlive', async () => {
  const page = await visit(context, site.url);
  site.release('Without a worker.');
  await lookAgain(page);
  await until('no worker', () => page.evaluate(async () => !(await navigator.serviceWorker.getRegistration())));
  expect([await caches(page), await heading(page)]).toEqual([[], 'First.']);
  await page.click('text=Log in');
  await shows(page, 'Log in');
  const answer = await open(page, site.url);
  expect([answer.fromServiceWorker(), await heading(page)]).toEqual([false, 'Without a worker.']);
});

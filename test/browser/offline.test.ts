/** The site in a real browser while its origin is down, slow or broken. Not what a release changes. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import type { Browser, BrowserContext } from 'playwright-core';
import { freeze, thaw } from '../drills/faults';
import { openBrowser } from '../support/browser';
import { end, listen, portOf } from '../support/nginx';
import { backend, type Site, startSite } from '../support/site';
import { firstPaint, heading, open, saysOffline, shows, visit } from '../support/visitor';

let browser: Browser;
let context: BrowserContext;
let site: Site;
/** Of the backend: what reached it. */
let asked: string[] = [];
let second: Server;
/** What the second CDN serves. */
let files = '';

const TYPES: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css' };

const serveFiles: RequestListener = ({ url = '' }, answer) => {
  answer.setHeader('access-control-allow-origin', '*');
  answer.setHeader('content-type', TYPES[url.split('.').at(-1) ?? ''] ?? 'image/svg+xml');
  answer.end(readFileSync(`${files}${url}`));
};

beforeAll(async () => {
  second = await listen(serveFiles);
  const cdn = `http://127.0.0.1:${portOf(second)}`;
  const headers = readFileSync('app/server/security-headers.conf', 'utf8');
  site = await startSite(
    'offline',
    { 'security-headers.conf': headers.replace("default-src 'self'", `default-src 'self'; connect-src 'self' ${cdn}`) },
    (request, answer) => {
      asked.push(`${request.method} ${request.url}`);
      if (request.url === '/api/broken') answer.writeHead(503).end();
      else backend(request, answer);
    },
  );
  site.build('Alone.');
  site.build('With a second.', { VITE_SECOND_CDN: cdn });
  files = site.build('Elsewhere.');
  site.release('Alone.');
  await site.up();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await end(second);
  await site?.stop();
});
beforeEach(async () => {
  context = await browser.newContext();
  asked = [];
});
afterEach(() => context.close());

it('opens every page of the application while the origin is down, says that it is offline, and when it is back', async () => {
  const page = await visit(context, site.url);
  await open(page, site.url);
  const up = await firstPaint(page);
  await site.down();
  await open(page, `${site.url}login`);
  process.stderr.write(`browser: first paint with the origin up ${up} ms, down ${await firstPaint(page)} ms\n`);
  expect(await heading(page)).toBe('Log in');
  await saysOffline(page);
  expect(await page.getAttribute('#offline', 'role')).toBe('status');
  await open(page, site.url);
  expect(await heading(page)).toBe('Alone.');
  await saysOffline(page);
  await site.up();
  await page.waitForSelector('#offline:empty', { state: 'attached' });
});
it('opens from the device when the origin takes too long', async () => {
  const page = await visit(context, site.url);
  freeze(site.nginx);
  try {
    await open(page, `${site.url}login`);
    expect(await heading(page)).toBe('Log in');
    await saysOffline(page);
  } finally {
    thaw(site.nginx);
  }
});

it('opens from the device when all that answers is errors, as a balancer without servers does', async () => {
  const page = await visit(context, site.url);
  await site.down();
  const broken = await listen((_request, answer) => answer.writeHead(503).end(), site.port);
  const answer = await open(page, `${site.url}login`);
  expect([answer.status(), await heading(page)]).toEqual([200, 'Log in']);
  await end(broken);
  await site.up();
});

it('shows what the origin has now, not what the device kept, as long as it answers', async () => {
  const page = await visit(context, site.url);
  const index = `${site.current}/index.html`;
  const kept = readFileSync(index, 'utf8');
  writeFileSync(index, kept.replace('<title>Holdfast', '<title>Newer'));
  const answer = await open(page, site.url);
  writeFileSync(index, kept);
  expect([answer.fromServiceWorker(), await answer.text()]).toEqual([true, expect.stringContaining('<title>Newer')]);
});

it('gives hashed assets from the device without asking the origin', async () => {
  const page = await visit(context, site.url);
  await (await context.newCDPSession(page)).send('Network.clearBrowserCache');
  const before = site.asked().length;
  await open(page, `${site.url}status`);
  await shows(page, 'Everything works');
  const asked = site.asked().slice(before);
  expect(asked).toContain('/status');
  expect(asked.filter((path) => path.startsWith('/assets/'))).toEqual([]);
});

describe('what is not for the worker', () => {
  const REQUESTS = [
    ['GET', '/api/profile'],
    ['POST', '/api/login'],
    ['POST', '/'],
    ['PUT', '/assets/x'],
    ['GET', '/health'],
    ['GET', '/health.txt'],
    ['GET', '/ws'],
  ] as const;

  it.each(REQUESTS)('passes it by and is not kept: %s %s', async (method, path) => {
    const page = await visit(context, site.url);
    const [answer] = await Promise.all([
      page.waitForResponse((each) => each.url() === new URL(path, site.url).href && each.request().method() === method),
      page.evaluate(([verb, to]) => fetch(to, { method: verb }).then(() => undefined), [method, path] as const),
    ]);
    const kept = await page.evaluate((to) => globalThis.caches.match(to, { ignoreMethod: true }).then(Boolean), path);
    expect([answer.fromServiceWorker(), kept]).toEqual([false, path === '/']);
  });

  it('is no page either, when a reader opens it', async () => {
    const page = await visit(context, site.url);
    const answer = await open(page, `${site.url}api/orders`);
    expect([answer.fromServiceWorker(), answer.headers()['content-type']]).toEqual([false, 'application/json']);
  });

  it('is sent once: a request that changes something and fails is not sent again', async () => {
    const page = await visit(context, site.url);
    asked = [];
    const status = await page.evaluate(() => fetch('/api/broken', { method: 'POST' }).then((each) => each.status));
    expect([status, asked.filter((each) => each.endsWith('/api/broken'))]).toEqual([503, ['POST /api/broken']]);
  });
});

describe('with a second CDN', () => {
  beforeAll(() => site.release('With a second.'));

  it('opens what that one has while the origin is down, with our own headers', async () => {
    const page = await visit(context, site.url);
    expect(await heading(page)).toBe('With a second.');
    await site.down();
    const answer = await open(page, site.url);
    expect(await heading(page)).toBe('Elsewhere.');
    expect(answer.headers()['content-security-policy']).toContain("default-src 'self'");
    await site.up();
  });

  it.each([
    [
      { VITE_SECOND_CDN: 'cdn2.example.com/' },
      'VITE_SECOND_CDN: expected an origin such as https://cdn2.example.com, got',
    ],
    [{ VITE_SERVICE_WORKER: 'no' }, "VITE_SERVICE_WORKER: expected on or off, got 'no'"],
  ])('refuses a setting that cannot be meant: %p', (settings, message) => {
    expect(() => site.build('Never.', settings)).toThrow(message);
  });

  it('opens from the device when that one is down too', async () => {
    const page = await visit(context, site.url);
    const port = portOf(second);
    await Promise.all([site.down(), end(second)]);
    await open(page, site.url);
    expect(await heading(page)).toBe('With a second.');
    await saysOffline(page);
    second = await listen(serveFiles, port);
    await site.up();
  });
});

/** Every view of the sample at a phone's and a desktop's width, light and dark: accessible and no wider than the screen; and what the first view costs. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from '../support/browser';
import { backend, type Site, startSite } from '../support/site';
import { lookAgain, offersUpdate, open, saysOffline, shows, visit } from '../support/visitor';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const JAVASCRIPT_LIMIT = 50_000;

let browser: Browser;
let site: Site;
let folder: string;
let loggedIn = false;
/** The backend never answers. */
let silent = false;

beforeAll(async () => {
  site = await startSite('views', {}, (request, answer) => {
    if (silent && request.url !== '/livez') return;
    if (request.url === '/api/profile' && loggedIn) {
      answer.end(
        JSON.stringify({ user: { id: '0193a1d2-7c55-7a10-9f3e-6d2f6a1b8c44', email: 'visitor@example.com' } }),
      );
    } else backend(request, answer);
  });
  folder = site.build('It holds.');
  site.build('It still holds.');
  site.release('It holds.');
  await site.up();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

/** Rule and element of each fault; and that the page is wider than the screen. */
async function faults(page: Page, view: string): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run();
    const wide =
      document.documentElement.scrollWidth > document.documentElement.clientWidth ? ['wider than the screen'] : [];
    return [...violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)), ...wide];
  });
  return found.map((each) => `${view}: ${each}`);
}

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, deviceScaleFactor: 2 };

const VIEWS = { '': 'It holds.', login: 'Log in', register: 'Create an account', status: 'Everything works' };

describe.each<[string, BrowserContextOptions]>([
  ['a desktop, light', { ...DESKTOP, colorScheme: 'light' }],
  ['a desktop, dark', { ...DESKTOP, colorScheme: 'dark' }],
  ['a phone, light', { ...PHONE, colorScheme: 'light' }],
  ['a phone, dark', { ...PHONE, colorScheme: 'dark' }],
])('on %s', (_name, options) => {
  it('every view is accessible and fits, also with errors, an offered version, and offline', async () => {
    const context = await browser.newContext(options);
    const page = await visit(context, site.url);
    const found: string[] = [];
    for (const [path, title] of Object.entries({ ...VIEWS, 'no/such/page': 'Nothing here' })) {
      await open(page, `${site.url}${path}`);
      await shows(page, title);
      found.push(...(await faults(page, path)));
    }
    loggedIn = true;
    await open(page, `${site.url}profile`);
    await shows(page, 'You are logged in');
    found.push(...(await faults(page, 'profile')));
    loggedIn = false;
    site.release('It still holds.');
    await lookAgain(page);
    await offersUpdate(page);
    found.push(...(await faults(page, 'an offered version')));
    site.release('It holds.');
    await site.down();
    await open(page, `${site.url}status`);
    await shows(page, 'Not just now');
    await saysOffline(page);
    found.push(...(await faults(page, 'offline')));
    await site.up();
    await context.close();
    expect(found).toEqual([]);
  });
});

describe('the first view', () => {
  it('loads at most 50 kB of JavaScript, the service worker included', () => {
    const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
    const sizes = scripts.map((name) => gzipSync(readFileSync(`${folder}/${name}`)).length);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(JAVASCRIPT_LIMIT);
  });

  it('shows what is largest without waiting for the backend, from files that the page itself asks for first', async () => {
    silent = true;
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(site.url, { waitUntil: 'commit' });
    await shows(page, 'It holds.');
    const { largest, before, preloaded } = await page.evaluate(async () => {
      const entry = await new Promise<LargestContentfulPaint>((done) =>
        new PerformanceObserver((list) => done(list.getEntries().at(-1) as LargestContentfulPaint)).observe({
          type: 'largest-contentful-paint',
          buffered: true,
        }),
      );
      const links = [
        ...document.querySelectorAll<HTMLLinkElement>('head link[rel=modulepreload], head link[rel=stylesheet]'),
      ];
      return {
        largest: entry.element?.closest('main')?.id,
        before: performance
          .getEntriesByType('resource')
          .filter(({ startTime, name }) => startTime < entry.startTime && /\.(js|css|woff2|png|jpg|webp)$/.test(name))
          .map(({ name }) => name),
        preloaded: links.map(({ href }) => href),
      };
    });
    silent = false;
    await context.close();
    expect(largest).toBe('main');
    expect(before.length).toBeGreaterThan(0);
    expect(preloaded).toEqual(expect.arrayContaining(before));
  });
});

/** The preview of production's dashboard as its command writes it: every graph drawn, alarms as the scenario has them, accessible, no wider than the screen. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from '../support/browser';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser;
let folder: string;
let address: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-dashboard-'));
  const file = join(folder, 'prod.html');
  // not by npm, whose build would take `dist` away from tests beside this one
  execFileSync(process.execPath, ['dist/bin/dashboard.js', '--env', 'prod', '--output', file]);
  address = pathToFileURL(file).href;
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Titles of graphs without a line of colour, and what the page is otherwise at fault for. */
async function faults(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run();
    const { scrollWidth, clientWidth } = document.documentElement;
    const empty = [...document.querySelectorAll('figure')].filter((figure) => {
      const canvas = figure.querySelector('canvas');
      const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      // grey is the grid's and the axes'
      return !pixels.some((red, at) => at % 4 === 0 && Math.abs(red - (pixels[at + 2] ?? red)) > 80);
    });
    return [
      ...violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)),
      ...empty.map((figure) => `nothing drawn: ${figure.textContent}`),
      ...(scrollWidth > clientWidth ? ['wider than the screen'] : []),
    ];
  });
}

const DESKTOP = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, deviceScaleFactor: 2 };

describe.each<[string, BrowserContextOptions]>([
  ['a desktop, light', { ...DESKTOP, colorScheme: 'light' }],
  ['a desktop, dark', { ...DESKTOP, colorScheme: 'dark' }],
  ['a phone, light', { ...PHONE, colorScheme: 'light' }],
  ['a phone, dark', { ...PHONE, colorScheme: 'dark' }],
])('on %s', (_name, options) => {
  it('draws every graph of every scenario, and says which alarms fire', async () => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const found: string[] = [];
    page.on('console', (message) => found.push(message.text()));
    page.on('pageerror', (error) => found.push(error.message));
    await page.goto(address);
    const firing = page.locator('[data-only-firing] .tile:visible');
    for (const [scenario, alarms] of [
      ['healthy', []],
      ['database', ['DatabaseCpuHigh', 'LatencyHigh']],
    ] as const) {
      await page.check(`input[value=${scenario}]`);
      const told = (await firing.allTextContents()).join();
      expect(alarms.filter((alarm) => !told.includes(alarm))).toEqual([]);
      expect(told.length > 0).toBe(alarms.length > 0);
    }
    found.push(...(await faults(page)));
    expect(await page.locator('figure').count()).toBeGreaterThan(20);
    expect(await page.getByText('Example data.').isVisible()).toBe(true);
    await context.close();
    expect(found).toEqual([]);
  });
});

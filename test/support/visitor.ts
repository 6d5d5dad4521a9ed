/** What a visitor's browser does and shows of the sample's frontend. */
import type { BrowserContext, Page, Response } from 'playwright-core';

/** Opens a page that the service worker controls. */
export async function visit(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
  return page;
}

export const heading = (page: Page) => page.textContent('h1');

/** Milliseconds from the reader's wish to the first contents on the screen. */
export const firstPaint = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((done) =>
        new PerformanceObserver((list) => {
          for (const { startTime } of list.getEntriesByName('first-contentful-paint')) done(Math.round(startTime));
        }).observe({ type: 'paint', buffered: true }),
      ),
  );

/** Waits for that heading. */
export const shows = (page: Page, text: string) => page.waitForSelector(`h1:text-is("${text}")`);

/** Resolves when the page says that it is offline. */
export const saysOffline = (page: Page) => page.waitForSelector('#offline:has-text("You are offline")');

/** As when the reader comes back to the tab: it asks for a newer release. */
export const lookAgain = (page: Page) =>
  page.evaluate(() => void document.dispatchEvent(new Event('visibilitychange')));

export const offersUpdate = (page: Page) => page.waitForSelector('#update:has-text("A new version is ready")');

/** Whether a worker stands ready that nobody has let in. */
export const oneWaits = (page: Page) =>
  page.evaluate(async () => (await navigator.serviceWorker.ready).waiting?.state === 'installed');

export const caches = (page: Page) => page.evaluate(() => globalThis.caches.keys());

/** Goes there in the same tab. */
export const open = (page: Page, url: string) => page.goto(url) as Promise<Response>;

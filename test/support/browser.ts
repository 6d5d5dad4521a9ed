/** A headless browser for tests that look at the site as a visitor does. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];

/** Path of an installed Chromium: CHROMIUM, else the first on PATH. Throws with the command that installs one. */
function installed(): string {
  const onPath = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = [process.env.CHROMIUM ?? '', ...onPath].find((path) => path && existsSync(path));
  if (found) return found;
  throw new Error(
    'browser: expected Chromium on PATH or in CHROMIUM, got none; install it (Debian, Ubuntu: apt-get install chromium)',
  );
}

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: installed(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

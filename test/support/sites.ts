/** Sites to publish, the command that does it, and visitors who look whether a page loads whole. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Bucket } from '../../lambda/release-publisher/bucket/bucket';
import { s3Env } from './s3';

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Anew. */
export function makeSite(folder: string, files: Files): string {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
  return folder;
}

const hashed = (name: string, contents: string, ending: string) =>
  `assets/${name}-${createHash('sha256').update(contents).digest('hex').slice(0, 8).replace(/^.{2}/, 'a1')}.${ending}`;

/** A build as bundlers make it: pages that name hashed files, and some that are not hashed. */
export function build(version: string): Files {
  const script = `console.log('${version}')`;
  const style = `body { --version: '${version}' }`;
  const [js, css] = [hashed('app', script, 'js'), hashed('app', style, 'css')];
  const page = (title: string) =>
    `<!doctype html><title>${title} ${version}</title><link rel="stylesheet" href="/${css}"><script src="/${js}"></script>`;
  return {
    [js]: script,
    [css]: style,
    'robots.txt': `# ${version}`,
    'health.txt': 'ok',
    'about/index.html': page('About'),
    'index.html': page('Home'),
  };
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The built command, so that its start costs little. */
export function spawnPublish(endpoint: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['dist/bin/publish-frontend.js', ...args], {
    env: { ...s3Env(endpoint), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ran = Promise.all([
    new Promise<number | null>((resolve) => child.once('close', resolve)),
    text(child.stdout),
    text(child.stderr),
  ]).then(([code, out, err]): Ran => ({ code, out, err }));
  return { child, ran };
}

/** Everything but what the publisher remembers, by key. */
export async function treeOf(bucket: Bucket): Promise<Readonly<Record<string, string>>> {
  const keys = (await bucket.list('')).filter((key) => !key.startsWith('.releases/'));
  const bodies = await Promise.all(keys.map(async (key) => [key, (await bucket.read(key))?.body.toString()] as const));
  return Object.fromEntries(bodies.map(([key, body]) => [key, body ?? '']));
}

/** What a visitor lacks: names of a page that are not there. Nothing when there is no page yet. */
export async function broken(bucket: Bucket, page = 'index.html'): Promise<readonly string[]> {
  const html = (await bucket.read(page))?.body.toString();
  const named = [...(html ?? '').matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, key = '']) => key);
  const found = await Promise.all(named.map((key) => bucket.read(key)));
  return named.filter((_, index) => found[index] === undefined);
}

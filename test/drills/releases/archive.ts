/** Releases for drills: what was built, with a shim before the backend that says which release answers and fails as it is told, and a page of its own. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a release does to the requests to `/api`, and to its own process. */
export interface Fault {
  /** Share of the requests that are answered with 500. @default 0 */
  readonly errors?: number;
  /** Added to each. @default 0 */
  readonly slowMs?: number;
  /** The process ends so long after its start. @default it stays */
  readonly endsAfterMs?: number;
}

export interface Made {
  /** Where `npm run release` finds it: a folder with dist/. */
  readonly folder: string;
  readonly id: string;
  /** Of its page, which names it. */
  readonly asset: string;
}

const shim = (tag: string, { errors = 0, slowMs = 0, endsAfterMs }: Fault) => `
const { Server } = require('node:http');
if (${endsAfterMs} !== undefined) setTimeout(() => process.exit(1), ${endsAfterMs});
const { emit } = Server.prototype;
Server.prototype.emit = function (name, request, response) {
  if (name !== 'request' || !request.url.startsWith('/api')) return emit.apply(this, arguments);
  response.setHeader('x-release', '${tag}');
  if (Math.random() < ${errors}) {
    response.statusCode = 500;
    response.end('{}');
    return true;
  }
  if (${slowMs} > 0) {
    setTimeout(() => emit.call(this, name, request, response), ${slowMs});
    return true;
  }
  return emit.apply(this, arguments);
};
require('./application.js');
`;

const below = (root: string, name: string) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => ({ name: join(name, path), path: join(root, path) }))
    .filter(({ path }) => statSync(path).isFile());

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** @param tag names it: another one, another release */
export async function made(root: string, tag: string, fault: Fault): Promise<Made> {
  const folder = resolve(root, tag);
  mkdirSync(join(folder, 'dist'), { recursive: true });
  const own = (name: string, text: string) => {
    const path = join(folder, name.replaceAll('/', '_'));
    writeFileSync(path, text);
    return { name, path };
  };
  const asset = `assets/drill-${sha256(tag).slice(0, 12)}.js`;
  const page = readFileSync('dist/frontend/index.html', 'utf8');
  const replaced = ['backend/server.js', 'site/index.html'];
  const built = [
    ...below('dist/backend', 'backend'),
    ...below('dist/worker', 'worker'),
    ...(existsSync('dist/services') ? below('dist/services', 'services') : []),
    ...below('dist/frontend', 'site'),
  ];
  const entries = [
    ...built.filter(({ name }) => !replaced.includes(name)),
    { name: 'backend/application.js', path: 'dist/backend/server.js' },
    own('backend/server.js', shim(tag, fault)),
    own('site/index.html', page.replace('</head>', `<script src="/${asset}"></script></head>`)),
    own(`site/${asset}`, `// ${tag}`),
  ];
  const { archive } = await import(pathToFileURL('bin/archive.mjs').href);
  const bytes: Buffer = await archive(entries);
  const digest = sha256(bytes);
  const id = digest.slice(0, 12);
  writeFileSync(join(folder, 'dist/release.tar'), bytes);
  writeFileSync(join(folder, 'dist/meta.json'), JSON.stringify({ release: { id, sha256: digest } }));
  writeFileSync(join(folder, 'package-lock.json'), readFileSync('package-lock.json'));
  return { folder, id, asset };
}

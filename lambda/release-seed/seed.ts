/** What is written where by a seed: pure decisions, no requests. */

export interface Seed {
  readonly kind: 'archive' | 'site';
  readonly bucket: string;
  readonly source: { readonly bucket: string; readonly key: string };
  readonly id: string;
  readonly sha256: string;
}

export interface Item {
  readonly key: string;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly cacheControl: string;
}

export interface Entry {
  readonly name: string;
  readonly body: Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  json: 'application/json',
  txt: 'text/plain; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  webmanifest: 'application/manifest+json',
};

const typeOf = (name: string) => TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';

/** Where the pointer stands: what is there says that the bucket was seeded or released into. */
export const pointerKey = ({ kind }: Pick<Seed, 'kind'>) =>
  kind === 'archive' ? 'current.json' : '.releases/current.json';

const pointer = (seed: Seed): Item => ({
  key: pointerKey(seed),
  body: Buffer.from(`${JSON.stringify({ id: seed.id, sha256: seed.sha256 })}\n`),
  contentType: TYPES.json ?? '',
  cacheControl: 'no-store',
});

/** Files of the site: hashed assets for ever, everything else asked again each time. */
const siteItem = ({ name, body }: Entry): Item => {
  const key = name.slice('site/'.length);
  const cacheControl = key.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  return { key, body, contentType: typeOf(key), cacheControl };
};

/** Assets before pages, so that no page ever names what isn't there. */
const order = ({ key }: Item) => (key.startsWith('assets/') ? 0 : key.endsWith('.html') ? 2 : 1);

/** What to write, in this order; the pointer last, since it says that all is there. */
export function items(seed: Seed, archive: Uint8Array, entries: readonly Entry[]): readonly Item[] {
  if (seed.kind === 'archive') {
    const release = {
      key: `releases/${seed.id}.tar`,
      body: archive,
      contentType: 'application/x-tar',
      cacheControl: 'no-store',
    };
    return [release, pointer(seed)];
  }
  const site = entries.filter(({ name }) => name.startsWith('site/')).map(siteItem);
  return [...site.sort((a, b) => order(a) - order(b)), pointer(seed)];
}

/** What is written where by a seed: pure decisions, no requests. */

export interface Seed {
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

/** What is there says that the bucket was seeded or released into. */
export const POINTER_KEY = 'current.json';

/** What to write, in this order; the pointer last, since it says that all is there. */
export const items = ({ id, sha256 }: Pick<Seed, 'id' | 'sha256'>, archive: Uint8Array): readonly Item[] => [
  { key: `releases/${id}.tar`, body: archive, contentType: 'application/x-tar', cacheControl: 'no-store' },
  {
    key: POINTER_KEY,
    body: Buffer.from(`${JSON.stringify({ id, sha256 })}\n`),
    contentType: 'application/json',
    cacheControl: 'no-store',
  },
];

/** The site of the benchmark: as many files as a large build has, and the same with 1 % of them changed. */
import { createHash } from 'node:crypto';
import { utimesSync } from 'node:fs';
import { makeSite } from '../../support/sites';

const ENDINGS = ['js', 'css', 'webp', 'woff2', 'svg', 'json'] as const;
const MEGABYTE = 1e6;

const hashOf = (text: string) => createHash('sha256').update(text).digest();

/** The same for the same name, in every run: bytes that don't compress, or text that does. */
function noise(name: string, length: number, as: 'bytes' | 'text'): Buffer {
  const blocks: Buffer[] = [];
  for (let made = 0; made < length; made += blocks.at(-1)?.length ?? 0) {
    const block = hashOf(`${name} ${made}`);
    blocks.push(as === 'bytes' ? block : Buffer.from(`<p class="text">${block.toString('hex')}</p>\n`));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

export interface Size {
  readonly files: number;
  readonly megabytes: number;
}

/** Few large files, many small ones. */
function sizes({ files, megabytes }: Size): readonly number[] {
  const shares = Array.from({ length: files }, (_, at) => 1 / (1 + (at % 50)));
  const sum = shares.reduce((a, b) => a + b);
  return shares.map((share) => Math.round((share / sum) * megabytes * MEGABYTE));
}

const pageName = (at: number) => (at === 0 ? 'index.html' : `pages/${at % 30}/${at}.html`);

const onePercent = ({ files }: Size) => files / 100;

/** A quarter are pages, the others hashed. @param after 1 % changed: pages in place, hashed ones under another name */
export function siteFiles(size: Size, after = false): Record<string, Buffer> {
  return Object.fromEntries(
    sizes(size).map((bytes, at) => {
      const version = after && at < onePercent(size) ? 'after' : 'before';
      if (at % 4 === 0) return [pageName(at), noise(`${at} ${version}`, bytes, 'text')];
      const hash = hashOf(`${at} ${version}`).toString('hex').slice(0, 16);
      return [`assets/${at % 20}/chunk-${hash}.${ENDINGS[at % ENDINGS.length]}`, noise(hash, bytes, 'bytes')];
    }),
  );
}

/** Gives the pages that changed a new time: aws s3 sync compares times and sizes, and sees no change otherwise. */
export function touch(folder: string, size: Size): void {
  const now = new Date();
  for (let at = 0; at < onePercent(size); at += 4) utimesSync(`${folder}/${pageName(at)}`, now, now);
}

export const makeFolders = (state: string, size: Size) => ({
  before: makeSite(`${state}/before`, siteFiles(size)),
  after: makeSite(`${state}/after`, siteFiles(size, true)),
});

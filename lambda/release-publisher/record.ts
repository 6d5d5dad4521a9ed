/** What a bucket remembers of its releases: one object for each under `.releases/`, with the files, and what was overwritten. Pure. */
import { promisify } from 'node:util';
import { gunzipSync, gzip, gzipSync } from 'node:zlib';
import { PublishError } from './error';
import type { File } from './files/file';

export const PREFIX = '.releases/';
export const LOCK_KEY = `${PREFIX}lock.json`;

/** A key that this publisher wrote. */
export interface Owned extends Omit<File, 'path'> {
  /** Number of the last release that has it. */
  readonly last: number;
}

export interface Release {
  /** Counts up in each bucket. */
  readonly number: number;
  /** By contents: the same files have the same id everywhere. */
  readonly id: string;
  /** When it was published, in milliseconds. */
  readonly time: number;
}

export interface Record extends Release {
  /** Tells this run from any other. */
  readonly nonce: string;
  /** Where it came from, where that has a name of its own. */
  readonly origin?: string;
  /** Releases that can be rolled back to, oldest first; this one is the last. */
  readonly releases: readonly (Release & { readonly origin?: string })[];
  /** All keys of ours. Those of this release have its number as `last`. */
  readonly files: ReadonlyMap<string, Owned>;
  /** What is in doubt until the release is complete. */
  readonly writes: readonly string[];
  readonly removes: readonly string[];
  /** Contents that this release overwrites, by hash: here, … */
  readonly contents: ReadonlyMap<string, Buffer>;
  /** … or in an object of their own, being large. */
  readonly copies: readonly string[];
}

const VERSION = 1;

const padded = (number: number) => String(number).padStart(8, '0');
export const recordKey = (number: number) => `${PREFIX}${padded(number)}.gz`;
export const copyKey = (number: number, hash: string) => `${PREFIX}${padded(number)}/${hash}`;

/** The number of the release that a key of ours belongs to. */
export function numberOf(key: string): number | undefined {
  const [, digits] = /^\.releases\/(\d{8})[./]/.exec(key) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

export const filesOf = ({ files, number }: Pick<Record, 'files' | 'number'>): readonly File[] =>
  [...files].filter(([, { last }]) => last === number).map(([path, { last: _, ...file }]) => ({ path, ...file }));

/** Contents on their way into a record, compressed while others still come. */
export interface Packed {
  readonly length: number;
  readonly gzip: Buffer;
}

const FAST = { level: 1 };
const gzipped = promisify(gzip);

export const pack = async (body: Buffer): Promise<Packed> => ({
  length: body.length,
  gzip: await gzipped(body, FAST),
});

/** A record before it is written. */
export interface NewRecord extends Omit<Record, 'contents'> {
  readonly contents: ReadonlyMap<string, Packed>;
}

/** One line of JSON, then the contents: gzip of parts is gzip of the whole. */
export function encode({ files, contents, ...rest }: NewRecord): Buffer {
  const headers: string[] = [];
  const indexOf = (text: string) => {
    const found = headers.indexOf(text);
    return found >= 0 ? found : headers.push(text) - 1;
  };
  const line = JSON.stringify({
    version: VERSION,
    ...rest,
    files: [...files].map(([path, { size, hash, last, contentType, cacheControl }]) => [
      path,
      size,
      hash,
      last,
      indexOf(contentType),
      indexOf(cacheControl),
    ]),
    headers,
    contents: [...contents].map(([hash, { length }]) => [hash, length]),
  });
  return Buffer.concat([gzipSync(`${line}\n`, FAST), ...[...contents.values()].map((packed) => packed.gzip)]);
}

type FileRow = [path: string, size: number, hash: string, last: number, type: number, cache: number];

export function decode(key: string, body: Uint8Array): Record {
  const bytes = gunzipSync(body);
  const end = bytes.indexOf('\n');
  const { version, headers, files, contents, ...rest } = JSON.parse(bytes.subarray(0, end).toString());
  if (version !== VERSION)
    throw new PublishError(`${key}: expected version ${VERSION}, got ${version}; use the publisher that wrote it`);
  let at = end + 1;
  return {
    ...rest,
    files: new Map(
      (files as FileRow[]).map(([path, size, hash, last, type, cache]) => [
        path,
        { size, hash, last, contentType: headers[type], cacheControl: headers[cache] },
      ]),
    ),
    contents: new Map(
      (contents as [string, number][]).map(([hash, length]) => {
        at += length;
        return [hash, bytes.subarray(at - length, at)];
      }),
    ),
  };
}

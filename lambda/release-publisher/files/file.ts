/** A file of a release, as it is known before it is written. */
import { createHash } from 'node:crypto';
import { PublishError } from '../error';
import { type Headers, headersOf } from './headers';

export interface File extends Headers {
  /** Relative, with `/`: the key in the bucket. */
  readonly path: string;
  readonly size: number;
  /** sha256 of the contents, in hex. */
  readonly hash: string;
}

/** Where a release comes from: a folder, a zip in a bucket, or a release that a bucket keeps. */
export interface Source {
  readonly files: readonly File[];
  /** What stays out, each folder once. */
  readonly leftOut: readonly string[];
  /** The contents from begin to end, in pieces of any size. */
  open(path: string): AsyncIterable<Uint8Array>;
}

const LONGEST_KEY = 1024;

/** Throws for a name that no key can be made of. */
export function fileOf(path: string, size: number, hash: string): File {
  if (path.includes('\ufffd')) throw new PublishError(`${path}: expected a name in UTF-8, got other bytes; rename it`);
  if (Buffer.byteLength(path) > LONGEST_KEY)
    throw new PublishError(`${path}: expected at most ${LONGEST_KEY} bytes of path, got ${Buffer.byteLength(path)}`);
  return { path, size, hash, ...headersOf(path) };
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

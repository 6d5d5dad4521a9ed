/** Writes one file: at once, or in two steps so that nothing is seen of it before its completion. */
import { createHash } from 'node:crypto';
import { PublishError } from '../error';
import type { File, Source } from '../files/file';
import type { Bucket } from './bucket';
import type { Budget } from './pool';
import { S3Error } from './s3-error';

/** Files up to here go in one request; larger ones in parts of at least this, S3's smallest. */
export const PART = 5 * 1024 * 1024;
const MOST_PARTS = 9500;
/** Parts of one file on their way. */
const PARTS_AT_ONCE = 4;

/** Of a file of this size, in bytes. S3 takes at most 10,000 parts of at most 5 GiB. */
export const partSize = (size: number) => Math.max(PART, Math.ceil(size / MOST_PARTS));

export interface Upload {
  readonly bucket: Bucket;
  readonly source: Source;
  /** Memory that all uploads share. */
  readonly budget: Budget;
  /** Told of the bytes that have arrived. */
  readonly sent: (bytes: number) => void;
}

/** All is there: only `complete` makes it visible. */
export interface Prepared {
  complete(): Promise<void>;
  abort(): Promise<void>;
}

const changed = (path: string) =>
  new PublishError(`${path}: expected the bytes that were hashed, got others; it changed meanwhile, publish again`);

/** A file as parts of one size, the last one smaller; of an empty file one empty part. Throws when it isn't as long as it was. */
async function* inParts({ open }: Source, { path, size: total }: File, size: number): AsyncGenerator<Buffer> {
  let begun = 0;
  let filled = 0;
  const next = () => Buffer.allocUnsafe(Math.min(size, total - begun));
  let part = next();
  for await (const piece of open(path)) {
    for (let rest = piece; rest.length > 0; ) {
      if (part.length === 0) throw changed(path);
      const taken = Math.min(part.length - filled, rest.length);
      part.set(rest.subarray(0, taken), filled);
      rest = rest.subarray(taken);
      filled += taken;
      if (filled < part.length) continue;
      yield part;
      begun += filled;
      filled = 0;
      part = next();
    }
  }
  if (begun < total) throw changed(path);
  if (total === 0) yield part;
}

/** In one request. For files of at most PART. */
export async function put({ bucket, source, budget, sent }: Upload, file: File): Promise<void> {
  const release = await budget.take(file.size);
  try {
    for await (const body of inParts(source, file, PART)) await bucket.put(file.path, file, body, { hash: file.hash });
    sent(file.size);
  } finally {
    release();
  }
}

/** Sends all of it and shows nothing. What it sent is dropped again when it fails. */
export async function prepare({ bucket, source, budget, sent }: Upload, file: File): Promise<Prepared> {
  const { path, size } = file;
  const begin = Date.now();
  const id = await bucket.createUpload(path, file);
  const abort = () => bucket.abortUpload(path, id).catch(() => {}); // the bucket's lifecycle ends what stays
  const etags: string[] = [];
  const flying = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const hash = createHash('sha256');
  try {
    for await (const part of inParts(source, file, partSize(size))) {
      hash.update(part);
      const index = etags.push('') - 1;
      const release = await budget.take(part.length);
      const flight = bucket
        .putPart(path, id, index + 1, part)
        .then((etag) => {
          etags[index] = etag;
          sent(part.length);
        })
        .catch((error) => {
          failures.push(error);
        })
        .finally(() => {
          release();
          flying.delete(flight);
        });
      flying.add(flight);
      if (flying.size >= PARTS_AT_ONCE) await Promise.race(flying);
      if (failures.length > 0) break;
    }
    await Promise.all(flying);
    if (failures.length > 0) throw failures[0];
    if (hash.digest('hex') !== file.hash) throw changed(path);
  } catch (error) {
    await Promise.all(flying);
    await abort();
    throw error;
  }
  const complete = async () => {
    try {
      await bucket.completeUpload(path, id, etags);
    } catch (error) {
      // an answer that was lost: nobody else writes there meanwhile
      const gone = error instanceof S3Error && error.code === 'NoSuchUpload';
      if (!gone || !(await bucket.writtenWithin(path, size, Date.now() - begin + 2000))) throw error;
    }
  };
  return { complete, abort };
}

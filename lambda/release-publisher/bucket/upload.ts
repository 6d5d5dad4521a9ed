/** Writes one file: at once, or in two steps so that nothing is seen of it before its completion. */
import { createHash } from 'node:crypto';
import { PublishError } from '../error';
import type { File, Source } from '../files/file';
import type { Bucket } from './bucket';
import type { Budget } from './pool';
import { S3Error } from './s3-error';

/** Files up to here go in one request; larger ones in parts of at least this. */
export const PART = 8 * 1024 * 1024;
const MOST_PARTS = 9500;
/** Parts of one file on their way. */
const PARTS_AT_ONCE = 4;

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

/** Pieces of any size as pieces of one size, the last one smaller; one empty piece of nothing. */
async function* inParts(pieces: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let length = 0;
  let parts = 0;
  for await (const piece of pieces) {
    let rest = piece;
    while (length + rest.length >= size) {
      const taken = size - length;
      yield Buffer.concat([...held, rest.subarray(0, taken)]);
      parts++;
      rest = rest.subarray(taken);
      held = [];
      length = 0;
    }
    if (rest.length > 0) held.push(rest);
    length += rest.length;
  }
  if (length > 0 || parts === 0) yield Buffer.concat(held);
}

/** In one request. For files of at most PART. */
export async function put({ bucket, source, budget, sent }: Upload, file: File): Promise<void> {
  const release = await budget.take(file.size);
  try {
    const pieces: Uint8Array[] = [];
    for await (const piece of source.open(file.path)) pieces.push(piece);
    const body = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
    if (body.length !== file.size) throw changed(file.path);
    await bucket.put(file.path, file, body, { hash: file.hash });
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
    for await (const part of inParts(source.open(path), Math.max(PART, Math.ceil(size / MOST_PARTS)))) {
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

/** A release from a zip in a bucket, read in ranges: nothing of it is ever on a disk, and little of it in memory. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl';
import type { Bucket } from '../bucket/bucket';
import { PublishError } from '../error';
import { type File, fileOf, type Source } from '../files/file';
import { type Choice, isLeftOut } from '../files/left-out';
import { collectGarbage } from './collect-garbage';

/** One request each. */
const WINDOW = 1024 * 1024;
const WINDOWS_HELD = 4;

/** Entries lie behind each other and are read in their order, so a few windows serve many of them. */
class Windows extends RandomAccessReader {
  readonly #held = new Map<number, Promise<Buffer>>();
  #read = 0;

  constructor(
    readonly bucket: Bucket,
    readonly key: string,
    readonly size: number,
  ) {
    super();
  }

  #fetch(index: number): Promise<Buffer> {
    if (++this.#read % WINDOWS_HELD === 0) collectGarbage();
    return this.bucket.range(this.key, index * WINDOW, Math.min(this.size, (index + 1) * WINDOW));
  }

  #window(index: number): Promise<Buffer> {
    const found = this.#held.get(index) ?? this.#fetch(index);
    this.#held.delete(index);
    this.#held.set(index, found); // the last used is the last to go
    found.catch(() => this.#held.delete(index));
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= WINDOWS_HELD) break;
      this.#held.delete(oldest);
    }
    return found;
  }

  async *#pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end; ) {
      const index = Math.floor(at / WINDOW);
      const from = at - index * WINDOW;
      const piece = (await this.#window(index)).subarray(from, Math.min(WINDOW, from + end - at));
      if (piece.length === 0) throw new PublishError(`${this.key}: expected ${end} bytes, got an end at ${at}`);
      yield piece;
      at += piece.length;
    }
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#pieces(start, end), { objectMode: false, highWaterMark: 1 });
  }
}

const isLink = ({ externalFileAttributes }: Entry) => ((externalFileAttributes >>> 16) & 0o170000) === 0o120000;

const leftOutOf = (path: string, choice: Choice) => {
  const names = path.split('/');
  const at = names.findIndex((name) => isLeftOut(name, choice));
  return at < 0 ? undefined : names.slice(0, at + 1).join('/') + (at < names.length - 1 ? '/' : '');
};

/** Reads the whole zip once, for the hashes. Throws a PublishError for what isn't a zip of files. */
export async function zipSource(bucket: Bucket, key: string, choice: Choice = {}): Promise<Source> {
  const reader = new Windows(bucket, key, await bucket.size(key));
  const zip = await fromRandomAccessReaderPromise(reader, reader.size, { autoClose: false, strictFileNames: true });
  const entries = new Map<string, Entry>();
  const leftOut = new Set<string>();
  for await (const entry of zip.eachEntry()) {
    const out = leftOutOf(entry.fileName.replace(/\/$/, ''), choice);
    if (out) leftOut.add(out);
    else if (isLink(entry)) throw new PublishError(`${entry.fileName}: expected a file in ${key}, got a link`);
    else if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
  }
  if (entries.size === 0) throw new PublishError(`${key}: expected files to publish, got none in the zip`);
  async function* open(path: string): AsyncGenerator<Buffer> {
    const entry = entries.get(path);
    if (entry) yield* (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>;
  }
  const files: File[] = [];
  for (const [path, { uncompressedSize }] of entries) {
    const hash = createHash('sha256');
    for await (const piece of open(path)) hash.update(piece);
    files.push(fileOf(path, uncompressedSize, hash.digest('hex')));
  }
  return { files, leftOut: [...leftOut], open };
}

/** Keeps what a release is about to overwrite, so that it can be rolled back without the old folder. */
import type { Bucket } from './bucket/bucket';
import { each } from './bucket/pool';
import { PublishError } from './error';
import { type File, sha256 } from './files/file';
import { copyKey, type Packed, pack } from './record';

/** Larger ones are copied within the bucket, each with a request of its own. */
const SMALL = 2 * 1024 * 1024;
/** In a record, which is read at each publication. */
const TOGETHER = 8 * 1024 * 1024;
/** S3 copies no more in one request. */
const MOST_COPIED = 5 * 1024 * 1024 * 1024;
const AT_ONCE = 32;

export interface Saved {
  readonly contents: ReadonlyMap<string, Packed>;
  /** To be copied once the bucket is ours. */
  readonly copies: readonly File[];
}

/** Reads what is small. What isn't as remembered any more is not kept: a rollback could not use it. */
export async function readContents(bucket: Bucket, saves: readonly File[]): Promise<Saved> {
  const contents = new Map<string, Packed>();
  const copies: File[] = [];
  const small: File[] = [];
  let together = 0;
  for (const file of [...saves].sort((a, b) => a.size - b.size)) {
    together += file.size;
    if (file.size <= SMALL && together <= TOGETHER) small.push(file);
    else copies.push(file);
  }
  await each(small, AT_ONCE, async ({ path, hash }) => {
    const body = (await bucket.read(path))?.body;
    if (body && sha256(body) === hash) contents.set(hash, await pack(body));
  });
  return { contents, copies };
}

export async function copyContents(
  bucket: Bucket,
  number: number,
  copies: readonly File[],
): Promise<readonly string[]> {
  const large = copies.find(({ size }) => size > MOST_COPIED);
  if (large)
    throw new PublishError(
      `${large.path}: expected at most 5 GiB where a file is overwritten, got ${large.size} bytes; give each version a name of its own`,
    );
  await each(copies, AT_ONCE, ({ path, hash }) => bucket.copy(path, copyKey(number, hash)));
  return copies.map(({ hash }) => hash);
}

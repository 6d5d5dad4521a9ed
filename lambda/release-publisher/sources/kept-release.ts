/** A release that a bucket keeps: what is still there comes from its keys, what was overwritten since from the later records. For rollbacks, and for replicas of them. */
import type { Bucket } from '../bucket/bucket';
import { PublishError } from '../error';
import type { Source } from '../files/file';
import { readRecord } from '../memory';
import { inDoubt, type Memory } from '../plan';
import { copyKey, filesOf, numberOf, type Record, type Release } from '../record';

/** The named release; else the one before the current one, or the last complete one after an interruption. */
export function chooseRelease({ base, unfinished }: Memory, id: string | undefined): Release {
  const releases = base?.releases ?? [];
  const found = id ? releases.find((release) => release.id === id) : releases.at(unfinished.length > 0 ? -1 : -2);
  if (found) return found;
  const known = releases.map((each) => `${each.id} (${new Date(each.time).toISOString()})`).join(', ') || 'none';
  throw new PublishError(
    `--rollback: expected a kept release, got ${id || 'no earlier one'}; kept, oldest first: ${known}`,
  );
}

async function laterRecords(
  bucket: Bucket,
  { base, unfinished, kept }: Memory,
  number: number,
): Promise<readonly Record[]> {
  const known = new Map([...unfinished, ...(base ? [base] : [])].map((record) => [record.number, record]));
  const numbers = kept.filter((key) => key.endsWith('.gz')).map((key) => numberOf(key) ?? 0);
  const later = numbers.filter((each) => each > number);
  return Promise.all(later.map((each) => known.get(each) ?? readRecord(bucket, each)));
}

/** Throws when contents of it are gone. */
export async function keptRelease(bucket: Bucket, memory: Memory, id?: string): Promise<Source> {
  const { number } = chooseRelease(memory, id);
  const { base, unfinished } = memory;
  const files = filesOf(base?.number === number ? base : await readRecord(bucket, number));
  const doubt = inDoubt(unfinished);
  const overwritten = files.filter(({ path, hash }) => doubt.has(path) || base?.files.get(path)?.hash !== hash);
  const later = overwritten.length > 0 ? await laterRecords(bucket, memory, number) : [];
  const places = new Map(
    overwritten.map(({ path, hash, size }) => {
      const record = later.find(({ contents, copies }) => contents.has(hash) || copies.includes(hash));
      if (!record)
        throw new PublishError(`--rollback: expected to find ${path} as it was, got nothing; publish it anew`);
      const content = record.contents.get(hash);
      return [path, content ? [content] : bucket.open(copyKey(record.number, hash), size)] as const;
    }),
  );
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  return {
    files,
    leftOut: [],
    async *open(path) {
      yield* places.get(path) ?? bucket.open(path, sizes.get(path) ?? 0);
    },
  };
}

/** Reads what a bucket remembers: two requests where nothing is in the way. */
import type { Bucket } from './bucket/bucket';
import { PublishError } from './error';
import { type Held, heldLock } from './lock';
import type { Memory } from './plan';
import { decode, LOCK_KEY, numberOf, PREFIX, type Record, recordKey } from './record';

export interface Remembered extends Memory {
  /** Somebody publishes, or was interrupted. */
  readonly held?: Held;
}

export async function readRecord(bucket: Bucket, number: number): Promise<Record> {
  const key = recordKey(number);
  const stored = await bucket.read(key);
  if (stored) return decode(key, stored.body);
  throw new PublishError(
    `s3://${bucket.name}/${key}: expected a release, got nothing; somebody else publishes now, or it was deleted`,
  );
}

export async function remember(bucket: Bucket): Promise<Remembered> {
  const kept = (await bucket.list(PREFIX)).map(({ key }) => key);
  const held = kept.includes(LOCK_KEY) ? await heldLock(bucket) : undefined;
  const numbers = kept.flatMap((key) => (key.endsWith('.gz') ? (numberOf(key) ?? []) : []));
  const last = held ? held.base : Math.max(0, ...numbers);
  const [base, ...unfinished] = await Promise.all([
    last > 0 ? readRecord(bucket, last) : undefined,
    ...numbers.filter((number) => number > last).map((number) => readRecord(bucket, number)),
  ]);
  const strangers = last > 0 ? [] : (await bucket.list('')).map(({ key }) => key);
  return {
    base,
    unfinished: unfinished.filter((run) => run !== undefined),
    strangers: new Set(strangers.filter((key) => !key.startsWith(PREFIX))),
    kept,
    held,
  };
}

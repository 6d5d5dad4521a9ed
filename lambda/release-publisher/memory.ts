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

const missing = (bucket: Bucket, number: number) =>
  new PublishError(
    `s3://${bucket.name}/${recordKey(number)}: expected a release, got nothing; somebody else publishes now, or it was deleted`,
  );

async function findRecord(bucket: Bucket, number: number): Promise<Record | undefined> {
  const key = recordKey(number);
  const stored = await bucket.read(key);
  return stored && decode(key, stored.body);
}

export async function readRecord(bucket: Bucket, number: number): Promise<Record> {
  const found = await findRecord(bucket, number);
  if (found) return found;
  throw missing(bucket, number);
}

/** The last complete release, and what was begun after it. */
async function readRecords(bucket: Bucket, last: number, later: readonly number[]) {
  const [base, ...unfinished] = await Promise.all([
    last > 0 ? findRecord(bucket, last) : undefined,
    ...later.map((number) => readRecord(bucket, number)),
  ]);
  const begun = unfinished.filter((record) => record !== undefined);
  if (base || last === 0) return { base, unfinished: begun };
  // records go last: a run that forgot the one before it had written and removed all it wanted
  const newest = begun.at(-1);
  if (newest?.releases.every(({ number }) => number > last)) return { base: newest, unfinished: [] };
  throw missing(bucket, last);
}

export async function remember(bucket: Bucket): Promise<Remembered> {
  const kept = await bucket.list(PREFIX);
  const held = kept.includes(LOCK_KEY) ? await heldLock(bucket) : undefined;
  const numbers = kept.flatMap((key) => (key.endsWith('.gz') ? (numberOf(key) ?? []) : []));
  const last = held ? held.base : Math.max(0, ...numbers);
  const later = numbers.filter((number) => number > last).sort((a, b) => a - b);
  const { base, unfinished } = await readRecords(bucket, last, later);
  const strangers = base ? [] : (await bucket.list('')).filter((key) => !key.startsWith(PREFIX));
  return { base, unfinished, interrupted: held !== undefined, strangers: new Set(strangers), kept, held };
}

/** Publishes one release into one bucket: claim, record, write in order, remove, give free. What is written is the plan's. */
import type { Bucket } from './bucket/bucket';
import { budget, each } from './bucket/pool';
import { S3Error } from './bucket/s3-error';
import { copyContents, readContents } from './contents';
import { PublishError } from './error';
import type { Source } from './files/file';
import { type Lock, lock } from './lock';
import { remember } from './memory';
import { type Memory, type Plan, plan, type Wishes } from './plan';
import { decode, encode, type NewRecord, numberOf, recordKey } from './record';
import { startWriting, type Writing } from './write-files';

export interface Progress {
  /** A line for people. */
  say(text: string): void;
  /** Of the files that are written. */
  sent(bytes: number, total: number): void;
}

export interface Options extends Wishes {
  /** Only the plan. @default false */
  readonly dryRun?: boolean;
  readonly progress?: Progress;
  /** Files at once. @default 48 */
  readonly atOnce?: number;
  /** Bytes of files held at once. @default 64 MiB */
  readonly memory?: number;
  /** Called when visitors have the new release, with the paths that changed for them; returns how many were invalidated. */
  readonly switched?: (paths: readonly string[], reference: string) => Promise<number>;
}

export interface Outcome {
  readonly release: string;
  readonly uploaded: number;
  readonly skipped: number;
  readonly deleted: number;
  readonly bytes: number;
  readonly invalidated: number;
  /** What was done, or would be; nothing when the bucket is as wished. */
  readonly plan: Plan | undefined;
}

/** Where a release comes from may depend on what the bucket remembers. */
export type SourceOf = (memory: Memory) => Promise<Source>;

const AT_ONCE = 48;
const MEMORY = 64 * 1024 * 1024;
const HEADERS = { contentType: 'application/gzip', cacheControl: 'no-store' };
const SILENT: Progress = { say: () => {}, sent: () => {} };

async function putRecord(bucket: Bucket, record: NewRecord): Promise<void> {
  const key = recordKey(record.number);
  try {
    await bucket.put(key, HEADERS, encode(record), { when: 'absent' });
  } catch (error) {
    if (!(error instanceof S3Error) || ![409, 412].includes(error.status)) throw error;
    const there = await bucket.read(key); // ours, when only the answer was lost
    if (there && decode(key, there.body).nonce === record.nonce) return;
    throw new PublishError(
      `s3://${bucket.name}: expected to publish alone, got another release meanwhile; nothing was changed`,
    );
  }
}

async function remove(
  bucket: Bucket,
  { removes, record }: Plan,
  kept: readonly string[],
  atOnce: number,
): Promise<void> {
  const oldest = record.releases[0]?.number ?? record.number;
  const forgotten = kept.filter((key) => (numberOf(key) ?? oldest) < oldest);
  await each(removes, atOnce, bucket.delete);
  await each(forgotten, atOnce, bucket.delete); // after the files, so that a missing record says that they are gone
}

interface Run {
  readonly bucket: Bucket;
  readonly wanted: Plan;
  readonly memory: Memory;
  readonly options: Options;
  readonly saving: ReturnType<typeof readContents>;
  readonly writing: Writing;
}

async function carryOut({ bucket, wanted, memory, options, saving, writing }: Run, held: Lock) {
  const { atOnce = AT_ONCE, switched } = options;
  let begun = false;
  try {
    const { contents, copies } = await saving;
    const copied = await copyContents(bucket, wanted.record.number, copies);
    await putRecord(bucket, { ...wanted.record, nonce: held.nonce, contents, copies: copied });
    begun = true;
    await writing.finish(held.check);
    const reference = `${bucket.name}-${wanted.record.number}-${wanted.id}-${held.nonce}`;
    const invalidated = (wanted.invalidate.length > 0 && (await switched?.(wanted.invalidate, reference))) || 0;
    held.check();
    await remove(bucket, wanted, memory.kept, atOnce);
    await held.free();
    return invalidated;
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n');
    await (begun ? held.fail(reason) : held.free()).catch(() => {}); // its lease ends by itself
    throw error;
  }
}

/** What is sent before the bucket is ours is seen by nobody. */
function write(bucket: Bucket, source: Source, { writes }: Plan, options: Options): Writing {
  const { progress = SILENT, atOnce = AT_ONCE, memory = MEMORY } = options;
  const total = writes.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const sent = (bytes: number) => {
    done += bytes;
    progress.sent(done, total);
  };
  return startWriting({ bucket, source, budget: budget(memory), sent }, writes, atOnce);
}

export async function publish(bucket: Bucket, sourceOf: SourceOf, options: Options = {}): Promise<Outcome> {
  const memory = await remember(bucket);
  const source = await sourceOf(memory);
  const wanted = plan(memory, source.files, options, Date.now());
  if (!wanted || options.dryRun) return outcome(wanted, memory, source, 0);
  const { progress = SILENT } = options;
  const saving = readContents(bucket, wanted.saves);
  saving.catch(() => {}); // heard of when it is awaited
  const writing = write(bucket, source, wanted, options);
  try {
    const held = await lock(bucket, { base: memory.base?.number ?? 0, held: memory.held, say: progress.say });
    const invalidated = await carryOut({ bucket, wanted, memory, options, saving, writing }, held);
    return outcome(wanted, memory, source, invalidated);
  } catch (error) {
    await writing.drop();
    throw error;
  }
}

const outcome = (wanted: Plan | undefined, { base }: Memory, source: Source, invalidated: number): Outcome => ({
  release: wanted?.id ?? base?.id ?? '',
  uploaded: wanted?.writes.length ?? 0,
  skipped: wanted?.skipped ?? source.files.length,
  deleted: wanted?.removes.length ?? 0,
  bytes: wanted?.writes.reduce((sum, { size }) => sum + size, 0) ?? 0,
  invalidated,
  plan: wanted,
});

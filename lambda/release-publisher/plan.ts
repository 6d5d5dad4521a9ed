/** What a release writes, keeps and removes, from what a bucket remembers. Pure: no request is made here. */
import type { File } from './files/file';
import { isImmutable, STEPS, type Step, stepOf } from './files/headers';
import { invalidationPaths } from './invalidation-paths';
import type { Owned, Record, Release } from './record';
import { releaseId } from './release-id';

/** What a bucket remembers, as it was read. */
export interface Memory {
  /** The last complete release. */
  readonly base?: Record;
  /** Begun after it, and never completed. */
  readonly unfinished: readonly Record[];
  /** Somebody's lock is there. */
  readonly interrupted: boolean;
  /** Keys that were there before the first release. */
  readonly strangers: ReadonlySet<string>;
  /** Objects under `.releases/`. */
  readonly kept: readonly string[];
}

export interface Wishes {
  /** Releases that can be rolled back to, the new one included. At least 1. @default 3 */
  readonly keep?: number;
  /** And those that were current within this time. @default 0 */
  readonly pruneAfterMs?: number;
  readonly origin?: string;
}

export interface Write extends File {
  readonly step: Step;
  /** Something is there already: written in two steps, so that all of it changes at once. */
  readonly existing: boolean;
}

export interface Plan {
  readonly id: string;
  /** In order. */
  readonly writes: readonly Write[];
  readonly skipped: number;
  readonly removes: readonly string[];
  /** Contents to keep before they are overwritten. */
  readonly saves: readonly File[];
  readonly invalidate: readonly string[];
  /** What the bucket will remember, but for the saved contents. */
  readonly record: Omit<Record, 'nonce' | 'contents' | 'copies'>;
}

const sameFile = (a: File, b: Owned) =>
  a.hash === b.hash && a.contentType === b.contentType && a.cacheControl === b.cacheControl;

/** Keys whose contents nobody knows, with the newest run that touched them. */
export function inDoubt(unfinished: readonly Record[]): ReadonlyMap<string, Record> {
  return new Map(unfinished.flatMap((run) => [...run.writes, ...run.removes].map((path) => [path, run] as const)));
}

/** Our keys as they are now; what is in doubt has no hash, so that it equals nothing. */
function owned(base: Record | undefined, doubt: ReadonlyMap<string, Record>): Map<string, Owned> {
  const files = new Map(base?.files);
  for (const [path, run] of doubt) {
    const known = files.get(path) ?? run.files.get(path);
    if (known)
      files.set(path, {
        ...known,
        last: Math.max(files.get(path)?.last ?? 0, run.files.get(path)?.last ?? 0),
        hash: '',
      });
  }
  return files;
}

/** The releases that stay: the last `keep`, and all that were current since `now - pruneAfterMs`. */
export function keptReleases<R extends Release>(
  releases: readonly R[],
  keep: number,
  pruneAfterMs: number,
  now: number,
) {
  const first = releases.findIndex((_, index) => {
    const replaced = releases[index + 1]?.time ?? Number.POSITIVE_INFINITY;
    return index >= releases.length - keep || replaced > now - pruneAfterMs;
  });
  return releases.slice(Math.max(0, first));
}

/** Nothing when the bucket is as wished. */
export function plan(memory: Memory, files: readonly File[], wishes: Wishes, now: number): Plan | undefined {
  const { base, unfinished, interrupted, strangers } = memory;
  const { keep = 3, pruneAfterMs = 0, origin } = wishes;
  const id = releaseId(files);
  const number = Math.max(0, base?.number ?? 0, ...unfinished.map((run) => run.number)) + 1;
  const doubt = inDoubt(unfinished);
  const before = owned(base, doubt);
  const again = base?.releases.filter((release) => release.id !== id) ?? [];
  const releases = keptReleases([...again, { number, id, time: now, origin }], keep, pruneAfterMs, now);
  const oldest = releases[0]?.number ?? number;

  const wanted = new Set(files.map(({ path }) => path));
  const removes = [...before].filter(([path, { last }]) => !wanted.has(path) && last < oldest).map(([path]) => path);
  const writes = files
    .filter((file) => {
      const known = before.get(file.path);
      return !known || !sameFile(file, known);
    })
    .map((file) => ({ ...file, step: stepOf(file.path), existing: before.has(file.path) || strangers.has(file.path) }))
    .sort((a, b) => STEPS.indexOf(a.step) - STEPS.indexOf(b.step));
  if (base?.id === id && !interrupted && writes.length === 0 && removes.length === 0) return undefined;

  const after = new Map(before);
  for (const path of removes) after.delete(path);
  for (const { path, ...file } of files) after.set(path, { ...file, last: number });
  const saves = writes.flatMap(({ path, hash }) => {
    const known = base?.files.get(path);
    const needed = known && known.last >= oldest && known.hash !== hash && known.hash !== '';
    return needed && !doubt.has(path) ? [{ ...known, path }] : [];
  });
  return {
    id,
    writes,
    skipped: files.length - writes.length,
    removes,
    saves,
    invalidate: invalidationPaths([
      ...writes.filter(({ existing }) => existing).map(({ path }) => path),
      ...removes.filter((path) => !isImmutable(path)),
    ]),
    record: {
      number,
      id,
      time: now,
      origin,
      releases,
      files: after,
      writes: writes.map(({ path }) => path),
      removes,
    },
  };
}

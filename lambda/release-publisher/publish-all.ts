/** A publication as people and CloudFormation ask for it: the bucket, its replicas after it, and the invalidation. */
import { openBucket } from './bucket/bucket';
import type { Settings } from './bucket/request';
import { PublishError } from './error';
import type { Source } from './files/file';
import { invalidate } from './invalidation';
import { remember } from './memory';
import type { Memory } from './plan';
import { type Options, type Outcome, publish, type SourceOf } from './publish';
import { keptRelease } from './sources/kept-release';

export interface Publication extends Omit<Options, 'switched'> {
  readonly bucket: string;
  /** Get the same tree, each after the bucket. @default none */
  readonly replicas?: readonly string[];
  /** CloudFront's id, to invalidate there what changed. @default nothing is invalidated */
  readonly distribution?: string;
  /** What to publish, … */
  readonly source?: (memory: Memory) => Promise<Source>;
  /** … or the id of a kept release to go back to, '' for the one before. */
  readonly rollback?: string;
  readonly settings?: Settings;
  /** Told of each replica that isn't as wished. @default they are thrown at the end, together */
  readonly replicaFailed?: (text: string) => void;
}

/** Throws when the bucket or a replica isn't as wished; then the replicas are untouched, or named. */
export async function publishAll(publication: Publication): Promise<Outcome & { readonly leftOut: readonly string[] }> {
  const {
    bucket: name,
    replicas = [],
    distribution,
    source,
    rollback,
    settings,
    replicaFailed,
    ...options
  } = publication;
  const bucket = openBucket(name, settings);
  const warn = options.progress?.say ?? (() => {});
  let found: Source | undefined;
  const sourceOf: SourceOf = async (memory) => {
    found = source ? await source(memory) : await keptRelease(bucket, memory, rollback);
    return found;
  };
  const outcome = await publish(bucket, sourceOf, {
    ...options,
    switched: distribution ? (paths, reference) => invalidate(distribution, paths, reference, warn) : undefined,
  });
  const copied = source || options.dryRun ? found : await keptRelease(bucket, await remember(bucket), outcome.release);
  const failures: string[] = [];
  for (const replica of copied ? replicas : []) {
    try {
      await publish(openBucket(replica, settings), async () => copied as Source, options);
    } catch (error) {
      if (!(error instanceof PublishError)) throw error;
      (replicaFailed ?? ((text: string) => failures.push(text)))(`replica ${replica}: ${error.message}`);
    }
  }
  if (failures.length > 0) throw new PublishError(failures.join('; '));
  return { ...outcome, leftOut: found?.leftOut ?? [] };
}

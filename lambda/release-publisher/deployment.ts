/** What a deployment does to a site, by CloudFormation's event. The publishing itself is publish-all's. */
import { type Bucket, openBucket } from './bucket/bucket';
import { each } from './bucket/pool';
import type { Settings } from './bucket/request';
import { remember } from './memory';
import type { Memory } from './plan';
import type { Progress } from './publish';
import { publishAll } from './publish-all';
import { PREFIX } from './record';
import { keptRelease } from './sources/kept-release';
import { zipSource } from './sources/zip';

/** CloudFormation sends every value as text. */
export interface SiteProperties {
  readonly bucket: string;
  readonly replicas?: readonly string[];
  readonly distribution?: string;
  /** The zip of the site, whose key names its contents. */
  readonly source: { readonly bucket: string; readonly key: string };
  readonly keep: string;
  readonly pruneAfterSeconds: string;
  /** 'true' leaves everything where it is when the resource goes. */
  readonly retain: string;
}

export type Change =
  | { readonly type: 'Create'; readonly now: SiteProperties }
  | { readonly type: 'Update'; readonly now: SiteProperties; readonly before: SiteProperties }
  | { readonly type: 'Delete'; readonly now: SiteProperties };

/** Of a function with 512 MB. */
const LIMITS = { atOnce: 16, memory: 8 * 1024 * 1024 };
const OWNER_KEY = `${PREFIX}owner.json`;
const HEADERS = { contentType: 'application/json', cacheControl: 'no-store' };

/**
 * What a deployment does with the site that is there. Pure.
 * 'leave' when somebody published since the last deployment: a deployment takes no release back.
 * 'back' when the bucket keeps the wanted release, as it does when CloudFormation rolls back.
 */
export function decide({ base, unfinished }: Memory, change: Change): 'publish' | 'back' | 'leave' {
  if (!base) return 'publish';
  if (change.type === 'Create')
    return unfinished.length > 0 && base.origin === change.now.source.key ? 'back' : 'leave';
  if (change.type === 'Delete') return 'leave';
  const { now, before } = change;
  if (base.origin !== before.source.key && base.origin !== now.source.key) return 'leave';
  return base.releases.some(({ origin }) => origin === now.source.key) ? 'back' : 'publish';
}

/** Deletes what publications wrote, and nothing else, if this resource is the one that owns it. */
async function empty(bucket: Bucket, owner: string): Promise<void> {
  const stored = await bucket.read(OWNER_KEY);
  if (!stored || JSON.parse(stored.body.toString()).owner !== owner) return;
  const { base, unfinished } = await remember(bucket);
  const ours = new Set([base, ...unfinished].flatMap((record) => [...(record?.files.keys() ?? [])]));
  await each([...ours], LIMITS.atOnce, bucket.delete);
  await each(await bucket.list(PREFIX), LIMITS.atOnce, bucket.delete);
}

/** @param owner tells this resource from others, also from its own successor in a refactored template */
export async function deploySite(
  change: Change,
  owner: string,
  progress: Progress,
  settings: Settings = {},
): Promise<void> {
  const limited = { connections: LIMITS.atOnce, ...settings };
  const { bucket: name, replicas = [], distribution, source, keep, pruneAfterSeconds, retain } = change.now;
  const bucket = openBucket(name, limited);
  if (change.type === 'Delete') {
    if (retain !== 'true') for (const each of [name, ...replicas]) await empty(openBucket(each, limited), owner);
    return;
  }
  for (const each of [name, ...replicas])
    await openBucket(each, limited).put(OWNER_KEY, HEADERS, Buffer.from(JSON.stringify({ owner })));
  const memory = await remember(bucket);
  const decision = decide(memory, change);
  progress.say(`${name}: ${decision} (current release ${memory.base?.id ?? 'none'}, wanted ${source.key})`);
  if (decision === 'leave') return;
  const kept = memory.base?.releases.findLast(({ origin }) => origin === source.key);
  const outcome = await publishAll({
    ...LIMITS,
    bucket: name,
    replicas,
    distribution,
    keep: Number(keep),
    pruneAfterMs: 1000 * Number(pruneAfterSeconds),
    origin: source.key,
    source:
      decision === 'back'
        ? (found) => keptRelease(bucket, found, kept?.id)
        : () => zipSource(openBucket(source.bucket, limited), source.key),
    progress,
    settings: limited,
  });
  const { plan: _, leftOut, ...figures } = outcome;
  progress.say(JSON.stringify({ ...figures, leftOut }));
}

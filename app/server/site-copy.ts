/** Brings this server's copy of the site to the release that the bucket of its region holds: whole and checked before any of it is shown. Writes no bucket. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { type Bucket, openBucket } from '../../lambda/release-publisher/bucket/bucket';
import { each } from '../../lambda/release-publisher/bucket/pool';
import { remember } from '../../lambda/release-publisher/memory';
import type { Owned, Record } from '../../lambda/release-publisher/record';

/** Files at once. */
const AT_ONCE = 16;

export interface Place {
  readonly bucket: Bucket;
  /** Holds `files/HASH`, `releases/NUMBER-ID/` made of links to them, and the links `current`, `next` and `previous` to releases. */
  readonly root: string;
  /**
   * For so long a release is only `next`: its assets are served, its pages are not. Longer than two looks of any server, so that
   * no page names an asset that another server lacks yet.
   */
  readonly settleMs: number;
}

type File = readonly [path: string, file: Owned];

/** The release that a link names; nothing where it leads elsewhere, or to nothing. */
function linked(root: string, name: string): string | undefined {
  const link = join(root, name);
  return existsSync(link) ? /^releases\/(.+)$/.exec(readlinkSync(link))?.[1] : undefined;
}

function point(root: string, name: string, release: string): void {
  const link = join(root, `${name}.new`);
  rmSync(link, { force: true });
  symlinkSync(`releases/${release}`, link);
  renameSync(link, join(root, name)); // at once: a visitor meets the one or the other
}

/** Throws for other bytes than those recorded, as when the next release overwrites them now: a later look finds that one. */
async function download(bucket: Bucket, root: string, [path, { hash, size }]: File): Promise<void> {
  const stored = join(root, 'files', hash);
  if (existsSync(stored) && statSync(stored).size === size) return;
  const digest = createHash('sha256');
  const file = await open(`${stored}.new`, 'w');
  try {
    for await (const piece of bucket.open(path, size)) {
      digest.update(piece);
      await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  const got = digest.digest('hex');
  if (got !== hash) throw new Error(`${path}: expected sha256 ${hash}, got ${got}`);
  await rename(`${stored}.new`, stored);
}

/** All that visitors may ask for: the release's files, and those of the releases before it that the bucket still keeps. */
async function build({ bucket, root }: Place, { files, number }: Record, release: string): Promise<void> {
  const made = join(root, 'releases', `${release}.new`);
  rmSync(made, { recursive: true, force: true });
  mkdirSync(join(root, 'files'), { recursive: true });
  const all = [...files].sort(([, a], [, b]) => b.last - a.last);
  const once = [...new Map(all.map((file) => [file[1].hash, file])).values()];
  const missing = new Set<string>();
  await each(once, AT_ONCE, async (file) => {
    try {
      await download(bucket, root, file);
    } catch (error) {
      if (file[1].last === number) throw error;
      missing.add(file[1].hash);
      console.error(`site: ${(error as Error).message}; a former release goes without it`);
    }
  });
  for (const [path, { hash }] of all.filter(([, file]) => !missing.has(file.hash))) {
    const target = join(made, path);
    if (!target.startsWith(made + sep)) throw new Error(`${path}: expected a path within the site`);
    mkdirSync(dirname(target), { recursive: true });
    linkSync(join(root, 'files', hash), target);
  }
  const now = new Date();
  utimesSync(made, now, now);
  renameSync(made, join(root, 'releases', release));
}

/** Leaves the releases that the links name, and the files that these have. */
function prune(root: string): void {
  const kept = ['current', 'next', 'previous'].map((name) => linked(root, name));
  for (const release of readdirSync(join(root, 'releases')))
    if (!kept.includes(release)) rmSync(join(root, 'releases', release), { recursive: true });
  for (const name of readdirSync(join(root, 'files')))
    if (statSync(join(root, 'files', name)).nlink === 1) rmSync(join(root, 'files', name));
}

/** Says what it did. Throws when the bucket doesn't give a whole release; what is served stays then. */
export async function copySite(place: Place): Promise<string> {
  const { bucket, root, settleMs } = place;
  const { base } = await remember(bucket);
  if (!base) return `no release in ${bucket.name} yet`;
  const release = `${base.number}-${base.id}`;
  const current = linked(root, 'current');
  if (current === release) return `${release} is current`;
  const folder = join(root, 'releases', release);
  if (!existsSync(folder)) await build(place, base, release);
  point(root, 'next', release);
  if (current && Date.now() - statSync(folder).mtimeMs < settleMs) return `${release} is there, and will be shown soon`;
  if (current) point(root, 'previous', current); // at first it is what came with the backend
  point(root, 'current', release);
  prune(root);
  return `${release} is current now`;
}

async function main(): Promise<void> {
  const { SITE_BUCKET = '', SITE_ROOT = '/opt/holdfast/site', SITE_SETTLE_SECONDS = '150' } = process.env;
  try {
    const bucket = openBucket(SITE_BUCKET, { connections: AT_ONCE });
    console.log(`site: ${await copySite({ bucket, root: SITE_ROOT, settleMs: 1000 * Number(SITE_SETTLE_SECONDS) })}`);
  } catch (error) {
    console.error(`site: ${(error as Error).message}; what is there goes on being served`);
    process.exitCode = 1;
  }
}

if (require.main === module) void main();

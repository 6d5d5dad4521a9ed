/** A release's archive and manifest, into the bucket, where they never change. */
import { createHash } from 'node:crypto';
import { ConfigError } from '../../config/config-error';
import type { Fleets } from './fleets';
import type { Built } from './origin';
import { type Statement, subjectOf } from './provenance';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The stored archive. Throws a ConfigError where it isn't there, or has other bytes than its id was given for. */
export async function storedArchive(fleets: Fleets, release: Built['release']): Promise<Buffer> {
  const { id } = release;
  const archive = await fleets.archive(id);
  if (!archive)
    throw new ConfigError(`releases/${id}.tar: expected the archive of the release, got none in the bucket`);
  const got = sha256(archive);
  if (got === release.sha256) return archive;
  throw new ConfigError(
    `releases/${id}.tar: expected sha256 ${release.sha256}, got ${got} in the bucket: somebody wrote it by hand; nothing was changed, and no server would install it`,
  );
}

/** Uploads what the bucket lacks. @returns whether that was anything. Throws a ConfigError where the bucket has other bytes under the id. */
export async function store(fleets: Fleets, { release, archive }: Built, manifest: Statement): Promise<boolean> {
  const isNew = await fleets.put(release.id, 'archive', archive);
  if (!isNew) await storedArchive(fleets, release);
  await fleets.put(release.id, 'manifest', `${JSON.stringify(manifest, null, 2)}\n`); // of the first who built it
  return isNew;
}

/** Puts into another region's bucket what a region has, unless it is there. Throws as `storedArchive` does. */
export async function copied(from: Fleets, to: Fleets, release: Built['release'], archive: Uint8Array): Promise<void> {
  if (!(await to.put(release.id, 'archive', archive))) await storedArchive(to, release);
  const manifest = await from.manifest(release.id);
  if (manifest !== undefined) await to.put(release.id, 'manifest', manifest);
}

/** sha256 of a release that is in the bucket, as its manifest says. */
export async function storedSha256(fleets: Fleets, id: string): Promise<string | undefined> {
  const manifest = await fleets.manifest(id);
  return manifest === undefined ? undefined : subjectOf(id, manifest);
}

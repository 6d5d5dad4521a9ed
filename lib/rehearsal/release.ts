/** The release in the deployed buckets: published when another one was built, and unpacked as a server of the fleet does. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { type Entry, items, pointerKey, type Seed } from '../../lambda/release-seed/seed';
import { type Cloud, object, putObjects } from './aws';

/** A bucket of the environment that holds releases. */
export type Place = Pick<Seed, 'kind' | 'bucket'> & { readonly region: string };

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function entries(archive: Uint8Array): Promise<readonly Entry[]> {
  const tar = extract();
  tar.end(archive);
  const found: Entry[] = [];
  for await (const entry of tar) found.push({ name: entry.header.name, body: await buffer(entry) });
  return found;
}

const pointer = async (cloud: Cloud, place: Place): Promise<Pick<Seed, 'id' | 'sha256'>> =>
  JSON.parse(Buffer.from(await object(cloud, place.region, place.bucket, pointerKey(place))).toString());

/** Puts what was built last where another release is current: the first deployment seeds one, later ones leave it alone. */
export async function publish(cloud: Cloud, places: readonly Place[]): Promise<void> {
  const { release } = JSON.parse(readFileSync('dist/meta.json', 'utf8')) as { release: Pick<Seed, 'id' | 'sha256'> };
  const archive = readFileSync('dist/release.tar');
  for (const place of places) {
    if ((await pointer(cloud, place)).id === release.id) continue;
    const seed = { ...place, ...release, source: { bucket: '', key: '' } };
    await putObjects(cloud, place.region, place.bucket, items(seed, archive, await entries(archive)));
  }
}

/** Fetches the current release of an archive bucket, checks its checksum, and unpacks it into `folder`, anew. */
export async function fetchRelease(cloud: Cloud, place: Place, folder: string): Promise<void> {
  const { id, sha256 } = await pointer(cloud, place);
  const archive = await object(cloud, place.region, place.bucket, `releases/${id}.tar`);
  const got = sha256Of(archive);
  if (got !== sha256) throw new Error(`release ${id}: expected sha256 ${sha256}, got ${got}`);
  rmSync(folder, { recursive: true, force: true });
  for (const { name, body } of await entries(archive)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, body);
  }
}

/** The release in the deployed buckets: published when another one was built, and fetched as a server of the fleet does. */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { publishAll } from '../../lambda/release-publisher/publish-all';
import { folderSource } from '../../lambda/release-publisher/sources/folder';
import { archiveKey, type Release, type ServiceState, stateKey } from '../../lambda/rollout/state';
import { ConfigError } from '../config/check';
import { EDGE_REGION } from '../config/edge-region';
import { type Cloud, client, cloudEnv, object, putObject } from './aws';
import { run, tail } from './process';

/** A fleet's bucket. */
export interface Place {
  readonly bucket: string;
  readonly region: string;
}

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The state of the fleet that every environment has. */
const stateOf = async (cloud: Cloud, { region, bucket }: Place): Promise<ServiceState> =>
  JSON.parse(Buffer.from(await object(cloud, region, bucket, stateKey('backend'))).toString());

/** What a server installs that boots now. */
function currentOf({ active, fleets }: ServiceState): Release {
  const release = fleets[active];
  if (!release) throw new Error(`${stateKey('backend')}: expected a release of ${active}, got none`);
  return release;
}

/** Puts what was built last where another release is current, without a rollout: the first deployment seeds one, later ones leave it alone. */
export async function publishRelease(cloud: Cloud, place: Place): Promise<void> {
  const { release } = JSON.parse(readFileSync('dist/meta.json', 'utf8')) as { release: Release };
  const state = await stateOf(cloud, place);
  if (currentOf(state).id === release.id) return;
  const next: ServiceState = { ...state, fleets: { ...state.fleets, [state.active]: release } };
  await putObject(cloud, place.region, place.bucket, archiveKey(release.id), readFileSync('dist/release.tar'));
  await putObject(cloud, place.region, place.bucket, stateKey('backend'), `${JSON.stringify(next)}\n`);
}

/** Nothing is invalidated: the emulated CloudFront caches nothing. @param replicas names with blanks between them */
export async function publishSite(cloud: Cloud, bucket: string, replicas: string): Promise<void> {
  const { endpoint, credentials } = client(cloud, EDGE_REGION);
  const source = await folderSource('dist/frontend');
  await publishAll({
    bucket,
    replicas: replicas.split(' '),
    source: async () => source,
    settings: { endpoint, credentials: async () => credentials },
  });
}

/** Fetches the current release of an archive bucket, checks its checksum, and unpacks it into `folder`, anew. */
export async function fetchRelease(cloud: Cloud, place: Place, folder: string): Promise<void> {
  const { id, sha256 } = currentOf(await stateOf(cloud, place));
  const archive = await object(cloud, place.region, place.bucket, archiveKey(id));
  const got = sha256Of(archive);
  if (got !== sha256) throw new Error(`release ${id}: expected sha256 ${sha256}, got ${got}`);
  rmSync(folder, { recursive: true, force: true });
  const tar = extract();
  tar.end(archive);
  for await (const entry of tar) {
    const path = join(folder, entry.header.name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await buffer(entry));
  }
}

/** What a server's timer does each minute, by the very program: brings its copy of the site, here without letting others catch up. */
export async function copySite(
  cloud: Cloud,
  { region, bucket }: Place,
  { root, logFile, signal }: { readonly root: string; readonly logFile: string; readonly signal?: AbortSignal },
): Promise<void> {
  mkdirSync(root, { recursive: true });
  const own = { SITE_BUCKET: bucket, SITE_ROOT: root, SITE_SETTLE_SECONDS: '0' };
  const env = { ...cloudEnv(cloud, region), ...own };
  const program = { name: 'copy of the site', command: process.execPath, args: ['dist/server/site-copy.js'] };
  const code = await run({ ...program, env, logFile, signal });
  if (code !== 0)
    throw new ConfigError(`${program.name}: expected all of it, got exit code ${code} (${logFile}):\n${tail(logFile)}`);
}

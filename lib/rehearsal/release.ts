/** The release in the deployed buckets: published when another one was built. What a server does to fetch it: instance.ts. */

import { readFileSync } from 'node:fs';
import { publishAll } from '../../lambda/release-publisher/publish-all';
import { folderSource } from '../../lambda/release-publisher/sources/folder';
import { archiveKey, type Release, type ServiceState } from '../../lambda/rollout/state';
import { EDGE_REGION } from '../config/edge-region';
import { type Cloud, client, keys, object, putObject } from './aws';

/** A fleet's bucket. */
export interface Place {
  readonly bucket: string;
  readonly region: string;
}

/** Puts what was built last where another release is current, without a rollout: the first deployment seeds one, later ones leave it alone. Resolves with whether there was another one. */
export async function publishRelease(cloud: Cloud, { region, bucket }: Place): Promise<boolean> {
  const { release } = JSON.parse(readFileSync('dist/meta.json', 'utf8')) as { release: Release };
  let changed = false;
  for (const key of await keys(cloud, region, bucket, 'services/')) {
    const state = JSON.parse(Buffer.from(await object(cloud, region, bucket, key)).toString()) as ServiceState;
    if (state.fleets[state.active]?.id === release.id) continue;
    const next: ServiceState = { ...state, fleets: { ...state.fleets, [state.active]: release } };
    await putObject(cloud, region, bucket, archiveKey(release.id), readFileSync('dist/release.tar'));
    await putObject(cloud, region, bucket, key, `${JSON.stringify(next)}\n`);
    changed = true;
  }
  return changed;
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

/** The site of a release, to visitors: by the publisher, from the release's archive. */
import { PublishError } from '../../../lambda/release-publisher/error';
import { publishAll } from '../../../lambda/release-publisher/publish-all';
import { archiveKey } from '../../../lambda/rollout/state';
import { ConfigError } from '../../config/config-error';
import { EDGE_REGION } from '../../config/edge-region';
import type { Environment } from '../../config/environment';
import { outputsOf } from '../outputs';
import { siteIn } from './archive';

/** As the deployment of the site keeps them: see constructs/release/site-release. */
const KEPT = { keep: 3, pruneAfterMs: 7 * 86_400_000 };

/** Does nothing where visitors have it already. @param tolerant say of copies that can't be written, rather than throw @returns what was done, in words. Throws a ConfigError where it can't be published. */
export type PublishSite = (id: string, archive: Uint8Array, tolerant: boolean) => Promise<string>;

export const sitePublisher =
  ({ name }: Environment): PublishSite =>
  async (id, archive, tolerant) => {
    const keys = ['SiteBucketName', 'SiteReplicas', 'DistributionId'] as const;
    const edge = await outputsOf(`Holdfast-${name}-Edge`, EDGE_REGION, keys);
    const source = await siteIn(archive);
    const failed: string[] = [];
    try {
      const { plan, uploaded, invalidated } = await publishAll({
        ...KEPT,
        bucket: edge.SiteBucketName,
        replicas: edge.SiteReplicas.split(' '),
        distribution: edge.DistributionId,
        source: async () => source,
        ...(tolerant && { replicaFailed: (text) => failed.push(text) }),
        origin: archiveKey(id), // tells a deployment that it isn't its own, and stays
      });
      const done = plan
        ? `published, ${uploaded} files, ${invalidated} paths invalidated`
        : 'visitors have it already: nothing was published';
      return [done, ...failed].join('; but ');
    } catch (error) {
      throw error instanceof PublishError ? new ConfigError(`site of ${id}: ${error.message}`) : error;
    }
  };

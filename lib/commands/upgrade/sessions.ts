/** A session store's next version within its family, node by node. Another family comes with a deployment, which brings its parameters along. */
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import {
  type CacheCluster,
  type CacheEngineVersion,
  DescribeCacheClustersCommand,
  DescribeCacheEngineVersionsCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ModifyReplicationGroupCommand,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import { ConfigError } from '../../config/config-error';
import type { Environment } from '../../config/environment';
import { PATIENCE } from '../outputs';
import { unless } from './database';

export interface SeenStore {
  readonly group: ReplicationGroup;
  readonly node: CacheCluster;
  /** All of its engine. */
  readonly versions: readonly CacheEngineVersion[];
}

export type StoreDecision =
  | { readonly kind: 'act'; readonly actions: readonly { readonly group: string; readonly to: string }[] }
  | { readonly kind: 'wait'; readonly what: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly reason: string };

const number = (version: string | undefined) =>
  (version ?? '').split('.').reduce((sum, part, index) => sum + Number(part) / 1000 ** index, 0);
const short = (version: string | undefined) => (version ?? '').split('.').slice(0, 2).join('.');

export function decideStore({ group, node, versions }: SeenStore, to: string): StoreDecision {
  const { ReplicationGroupId: id = '', Status: status } = group;
  const refused = (reason: string) => ({ kind: 'refused', reason }) as const;
  if (status !== 'available') return { kind: 'wait', what: `${id} ${status}` };
  if (short(node.EngineVersion) === to) return { kind: 'done' };
  const familyOf = (version: string) =>
    versions.find((each) => short(each.EngineVersion) === version)?.CacheParameterGroupFamily;
  const [family, own] = [familyOf(to), familyOf(short(node.EngineVersion))];
  if (!family)
    return refused(
      `--to: expected one of ${[...new Set(versions.map((each) => short(each.EngineVersion)))].join(', ')}, got ${to}`,
    );
  if (number(to) < number(short(node.EngineVersion)))
    return refused(
      `--to: expected a version after ${node.EngineVersion}, got ${to}; back is a new store from a snapshot`,
    );
  if (family !== own)
    return refused(
      `--to: expected a version of ${own}, got ${to} of ${family}; set it in constructs/sessions/engines.ts and deploy, which brings its parameters along`,
    );
  if (group.AutomaticFailover !== 'enabled')
    return refused(
      `${id}: expected a replica that takes over while the primary is upgraded, got none; sessions.replicas gives one`,
    );
  if (!group.SnapshotRetentionLimit)
    return refused(`${id}: expected snapshots, the only way back, got none; set sessions.snapshotDays`);
  return { kind: 'act', actions: [{ group: id, to }] };
}

/** Throws a ConfigError where the environment has no store. */
export async function storeWorld({ name, region }: Environment) {
  const client = new ElastiCacheClient({ region, ...PATIENCE });
  const stack = `Holdfast-${name}-Data`;
  const cloudFormation = new CloudFormationClient({ region, ...PATIENCE });
  let ReplicationGroupId: string | undefined;
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client: cloudFormation },
    { StackName: stack },
  ))
    ReplicationGroupId ??= StackResourceSummaries.find(
      ({ ResourceType }) => ResourceType === 'AWS::ElastiCache::ReplicationGroup',
    )?.PhysicalResourceId;
  if (!ReplicationGroupId)
    throw new ConfigError(`${stack}: expected a session store in ${region}, got none; deploy it`);
  return {
    async look(): Promise<SeenStore> {
      const { ReplicationGroups = [] } = await client.send(
        new DescribeReplicationGroupsCommand({ ReplicationGroupId }),
      );
      const group = ReplicationGroups[0] ?? {};
      const { CacheClusters = [] } = await client.send(
        new DescribeCacheClustersCommand({ CacheClusterId: group.MemberClusters?.[0] }),
      );
      const { CacheEngineVersions: versions = [] } = await client.send(
        new DescribeCacheEngineVersionsCommand({ Engine: group.Engine ?? CacheClusters[0]?.Engine }),
      );
      return { group, node: CacheClusters[0] ?? {}, versions };
    },
    async act({ group, to }: { readonly group: string; readonly to: string }): Promise<void> {
      await client
        .send(
          new ModifyReplicationGroupCommand({ ReplicationGroupId: group, EngineVersion: to, ApplyImmediately: true }),
        )
        // it shows what it does a little late
        .catch(unless('InvalidReplicationGroupState', 'InvalidReplicationGroupStateFault'));
    },
  };
}

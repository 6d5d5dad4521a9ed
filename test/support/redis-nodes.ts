/** Redis that stands in for Redis: replicas, sentinels, a cluster. Injects no fault. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Running, start, until } from '../../lib/rehearsal/process';
import { type Address, type Place, startRedis } from '../../lib/rehearsal/servers';
import type { Tools } from '../../lib/rehearsal/tools';

/** One command on a connection of its own. Rejects at once when nobody listens. */
export async function redisSays({ host, port }: Address, ...command: readonly (string | number)[]): Promise<unknown> {
  const client = new Redis({ host, port, lazyConnect: true, retryStrategy: () => null, commandTimeout: 2000 });
  client.on('error', () => undefined); // the promise tells
  try {
    await client.connect();
    const [name = '', ...rest] = command.map(String);
    return await client.call(name, ...rest);
  } finally {
    client.disconnect();
  }
}

const roleIs = (at: Address, text: string) => async () =>
  `${await redisSays(at, 'INFO', 'replication')}`.includes(text);

/** Whether that Redis takes writes. */
export const redisLeads = (at: Address) => roleIs(at, 'role:master')();

/** A replica, once it has all that its primary has. */
export async function startRedisReplica(tools: Tools, place: Place & Address, primary: Address): Promise<Running> {
  const running = await startRedis(tools, {
    ...place,
    args: [...(place.args ?? []), '--replicaof', primary.host, `${primary.port}`],
  });
  await until(`replica of Redis on ${place.host}`, roleIs(place, 'master_link_status:up'));
  return running;
}

export interface Watch {
  /** The primary's name among the sentinels. */
  readonly name: string;
  readonly primary: Address;
  readonly quorum: number;
  /** Silence after which a sentinel calls it down. */
  readonly downAfterMs: number;
}

export function startSentinel({ redis }: Tools, place: Place & Address, watch: Watch): Promise<Running> {
  const { host, port, folder, logFile } = place;
  const { name, primary, quorum, downAfterMs } = watch;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    `bind ${host}`,
    `dir "${folder}"`,
    `sentinel announce-ip ${host}`, // on loopback every connection seems to come from 127.0.0.1
    `sentinel monitor ${name} ${primary.host} ${primary.port} ${quorum}`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    `sentinel failover-timeout ${name} 10000`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const ready = async () => (await redisSays(place, 'PING')) === 'PONG';
  return start({ name: `sentinel on ${host}`, command: redis, args: [file, '--sentinel'], logFile, ready });
}

const SLOTS = 16_384;

/** Makes a cluster of empty nodes: the first half are the shards' primaries, the rest a replica each. All listen on one port, and on `busPort` for one another. */
export async function formCluster(nodes: readonly Address[], busPort: number): Promise<void> {
  const shards = nodes.length / 2;
  const [first, ...others] = nodes;
  if (!first) return;
  for (const [index, node] of nodes.slice(0, shards).entries()) {
    const [from, to] = [index, index + 1].map((shard) => Math.floor((shard * SLOTS) / shards));
    await redisSays(node, 'CLUSTER', 'ADDSLOTSRANGE', from ?? 0, (to ?? SLOTS) - 1);
    await redisSays(node, 'CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  }
  for (const { host, port } of others) await redisSays(first, 'CLUSTER', 'MEET', host, port, busPort);
  const ids = await Promise.all(nodes.map((node) => redisSays(node, 'CLUSTER', 'MYID')));
  for (const [index, node] of nodes.slice(shards).entries()) {
    const id = `${ids[index]}`;
    await until(
      `cluster, ${node.host} meeting its primary`,
      async () => (await redisSays(node, 'CLUSTER', 'REPLICATE', id)) === 'OK',
    );
  }
  for (const node of nodes) {
    await until(`cluster on ${node.host}`, async () =>
      `${await redisSays(node, 'CLUSTER', 'INFO')}`.includes('cluster_state:ok'),
    );
  }
  for (const node of nodes.slice(shards)) {
    await until(`replica of Redis on ${node.host}`, roleIs(node, 'master_link_status:up'));
  }
}

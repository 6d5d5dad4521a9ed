/** Redis of a drill's world, in the shape that a scenario asks for: which servers, and what the backends are told of them. */
import { join } from 'node:path';
import { until } from '../../lib/rehearsal/process';
import { startRedis as startServer } from '../../lib/rehearsal/servers';
import { formCluster, redisSays, startRedisReplica, startSentinel } from '../support/redis-nodes';
import { Part, type Server } from './parts';
import type { Site } from './world';

/**
 * pair: one endpoint, a primary and a replica. watched: the same, and sentinels that play ElastiCache's failover.
 * sentinel: the backends themselves ask the sentinels. cluster: three shards of a primary and a replica.
 */
export type RedisShape = 'pair' | 'watched' | 'sentinel' | 'cluster';

export const REDIS_NAMES = { primary: 'redis-primary.drill', reader: 'redis-reader.drill' } as const;
export const WATCHED_AS = 'drill';
const HOSTS = ['127.0.1.11', '127.0.1.12'];
const SENTINELS = ['127.0.1.31', '127.0.1.32', '127.0.1.33'];
const CLUSTER = ['127.0.1.41', '127.0.1.42', '127.0.1.43', '127.0.1.44', '127.0.1.45', '127.0.1.46'];
/** Silence after which a server counts as failed. */
const DOWN_AFTER_MS = 1000;

interface RedisParts {
  readonly redis: readonly Server[];
  readonly sentinels: readonly Server[];
  /** Where the names lead at first. */
  readonly redisNames: Readonly<Record<string, string>>;
  /** Of the backends. */
  readonly redisEnv: Readonly<Record<string, string>>;
  readonly startRedis: () => Promise<void>;
}

export function redisParts(
  { tools, parts, folder }: Site,
  shape: RedisShape,
  port: number,
  sentinelPort: number,
): RedisParts {
  const place = (host: string, at: number, args: readonly string[] = []) => ({
    host,
    port: at,
    folder: join(folder, host),
    logFile: join(folder, `${host}.log`),
    // on loopback every connection seems to come from 127.0.0.1, so each says where it is
    args: ['--replica-announce-ip', host, ...args],
  });
  const server = (host: string, at: number, begin: () => ReturnType<typeof startServer>): Server => ({
    host,
    port: at,
    part: new Part(`Redis on ${host}`, begin, parts),
  });

  if (shape === 'cluster') {
    const args = [
      '--cluster-enabled',
      'yes',
      '--cluster-node-timeout',
      `${DOWN_AFTER_MS}`,
      '--cluster-port',
      `${sentinelPort}`,
    ];
    const redis = CLUSTER.map((host) =>
      server(host, port, () => startServer(tools, place(host, port, [...args, '--cluster-announce-ip', host]))),
    );
    return {
      redis,
      sentinels: [],
      redisNames: { [REDIS_NAMES.primary]: CLUSTER[0] ?? '' },
      redisEnv: { REDIS_MODE: 'cluster', REDIS_URL: `redis://${REDIS_NAMES.primary}:${port}` },
      startRedis: async () => {
        await Promise.all(redis.map(({ part }) => part.start()));
        await formCluster(redis, sentinelPort);
      },
    };
  }

  const [first = '', second = ''] = HOSTS;
  const primary = server(first, port, () => startServer(tools, place(first, port)));
  const replica = server(second, port, () => startRedisReplica(tools, place(second, port), primary));
  const watch = { name: WATCHED_AS, primary, quorum: 2, downAfterMs: DOWN_AFTER_MS };
  const sentinels = (shape === 'pair' ? [] : SENTINELS).map((host) =>
    server(host, sentinelPort, () => startSentinel(tools, place(host, sentinelPort), watch)),
  );
  const endpoints = {
    REDIS_URL: `redis://${REDIS_NAMES.primary}:${port}`,
    REDIS_READER_URL: `redis://${REDIS_NAMES.reader}:${port}`,
  };
  const asked = {
    REDIS_MODE: 'sentinel',
    REDIS_SENTINEL_MASTER: WATCHED_AS,
    REDIS_URL: SENTINELS.map((host) => `redis://${host}:${sentinelPort}`).join(','),
  };
  return {
    redis: [primary, replica],
    sentinels,
    redisNames: { [REDIS_NAMES.primary]: first, [REDIS_NAMES.reader]: second },
    redisEnv: shape === 'sentinel' ? asked : endpoints,
    startRedis: async () => {
      await primary.part.start();
      await replica.part.start();
      await Promise.all(sentinels.map(({ part }) => part.start()));
      await Promise.all(sentinels.map(agreed));
    },
  };
}

/** Once a sentinel knows the replica and the other sentinels: before that it promotes nobody. */
const agreed = (sentinel: Server) =>
  until(`sentinel on ${sentinel.host} knowing the others`, async () => {
    const flat = (await redisSays(sentinel, 'SENTINEL', 'MASTER', WATCHED_AS)) as string[];
    const fact = (name: string) => flat[flat.indexOf(name) + 1];
    return fact('num-slaves') === '1' && fact('num-other-sentinels') === `${SENTINELS.length - 1}`;
  });

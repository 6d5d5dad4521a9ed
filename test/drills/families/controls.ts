/** Control runs: the same drills against a setting that was weakened on purpose. Each must miss its demand, or the drill can't fail. */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { postgresSays } from '../../../lib/rehearsal/standbys';
import { redisSays } from '../../support/redis-nodes';
import { kill } from '../faults';
import type { Drill, Scenario, WorldScenario } from '../scenario';
import type { Shape } from '../world';
import { REDIS_NAMES } from '../world-redis';

interface Control {
  /** The drill's name. */
  readonly of: string;
  /** What is weaker. */
  readonly weak: string;
  /** Words of the demand that must be missed. */
  readonly misses: string;
  readonly shape?: Shape;
  /** Done when the visitors have come in. */
  readonly before?: (drill: Drill) => Promise<unknown>;
}

/** A file of app/server with one thing changed. */
function nginx(file: string, from: string, to: string): Shape {
  const text = readFileSync(`app/server/${file}`, 'utf8');
  if (!text.includes(from)) throw new Error(`app/server/${file}: expected '${from}', which a control run changes`);
  return { nginx: () => ({ [file]: text.replace(from, to) }) };
}

/** Every process keeps its sessions, counters and denied tokens to itself. */
const APART: Shape = {
  env: (backend, { redis: [primary] }) => ({
    REDIS_URL: `redis://${REDIS_NAMES.primary}:${primary?.port}/${backend}`,
    REDIS_READER_URL: `redis://${REDIS_NAMES.reader}:${primary?.port}/${backend}`,
  }),
};
const UNLIMITED: Shape = { env: { RATE_LIMIT: '100000000/900' } };
const NOBODY = '127.0.1.99';

const CONTROLS: readonly Control[] = [
  {
    of: 'rolling',
    weak: "the guide's max_fails=3 fail_timeout=30s",
    misses: 'failed request',
    shape: {
      nginx: (ports) => ({
        'upstream.conf': ports.map((port) => `server 127.0.0.1:${port} max_fails=3 fail_timeout=30s;\n`).join(''),
      }),
    },
  },
  {
    of: 'kill-backend',
    weak: 'NGINX asks no other process',
    misses: 'failed GET',
    shape: nginx('server.conf', 'proxy_next_upstream error timeout;', 'proxy_next_upstream off;'),
  },
  {
    of: 'redis-killed',
    weak: 'no reader to fall back to',
    misses: 'profile GETs',
    shape: { env: { REDIS_READER_URL: '' } },
  },
  {
    of: 'redis-killed',
    weak: 'logins that wait for no replica, which has lost its primary 3 s before',
    misses: 'session lost',
    shape: { env: { SESSION_WAIT_REPLICAS: '0' } },
    before: ({
      world: {
        redis: [, replica],
      },
    }) => (replica ? redisSays(replica, 'REPLICAOF', NOBODY, replica.port) : Promise.reject()),
  },
  {
    of: 'postgres-killed',
    weak: 'an asynchronous standby that has lost its primary 3 s before',
    misses: 'order lost',
    shape: { synchronous: false },
    before: async ({ world: { standby } }) => {
      await postgresSays(standby, "alter system set primary_conninfo = ''");
      await postgresSays(standby, 'select pg_reload_conf()');
    },
  },
  {
    of: 'everything-down',
    weak: "the database's name leads nowhere afterwards",
    misses: 'ready after',
    before: async ({ world: { names } }) => void wait(4000).then(() => names.lead({ 'database.drill': NOBODY })),
  },
  {
    of: 'everything-down',
    weak: 'a process that ends meanwhile',
    misses: 'process ends',
    before: async ({
      world: {
        backends: [first],
      },
    }) => void wait(4000).then(() => first && kill(first.part.running)),
  },
  {
    of: 'slow-clients',
    weak: 'NGINX with 64 connections',
    misses: 'other users',
    shape: nginx('nginx.conf', 'worker_connections 8192;', 'worker_connections 64;'),
  },
  { of: 'overload', weak: 'no rate limit', misses: 'other users', shape: UNLIMITED },
  { of: 'fixation', weak: 'processes that share no Redis', misses: 'every process', shape: APART },
  { of: 'token-replay', weak: 'processes that share no Redis', misses: 'every process refuses', shape: APART },
  { of: 'stateless', weak: 'processes that share no Redis', misses: 'one session', shape: APART },
  { of: 'limiter', weak: 'processes that share no Redis', misses: 'over all processes', shape: APART },
  {
    of: 'limiter',
    weak: 'NGINX believes the first X-Forwarded-For',
    misses: 'no header',
    shape: nginx('request.conf', '"~(?<hop>[^, ]+)\\s*$" $hop;', '"~^\\s*(?<hop>[^, ]+)" $hop;'),
  },
];

/** The drill itself, weakened; `misses` says what it must miss. */
export function weakened(scenarios: readonly Scenario[]): readonly WorldScenario[] {
  return CONTROLS.map(({ of, weak, misses, shape, before }) => {
    const drill = scenarios.find(({ name }) => name === of);
    if (!drill || !('run' in drill)) throw new Error(`controls: expected a drill named ${of}`);
    return {
      ...drill,
      about: `with ${weak}`,
      name: `${of}-control`,
      misses,
      before,
      shape: { ...drill.shape, ...shape },
    };
  });
}

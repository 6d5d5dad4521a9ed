/** The drill of a cluster that is resharded: slots of a shard that hold keys are moved to another while visitors go on. */
import { setTimeout as wait } from 'node:timers/promises';
import { redisSays } from '../../support/redis-nodes';
import { causes } from '../causes';
import { atMost, none, quantile, reasons } from '../figures';
import type { Server } from '../parts';
import { type Drill, exits, type Scenario, underLoad } from '../scenario';

const KEYS_AT_ONCE = 10;
/** Sessions' come first. */
const MOST_SLOTS = 20;
const MIGRATE_MS = 1000;
/** Clients meet the slot half-moved, and are asked to come to the other node. */
const HALF_MOVED_MS = 100;

const idOf = async (node: Server) => `${await redisSays(node, 'CLUSTER', 'MYID')}`;

/** As `valkey-cli --cluster reshard` and ElastiCache do it. Returns how many keys it took along. */
async function move(slot: number, from: Server, to: Server, nodes: readonly Server[]): Promise<number> {
  const [source, target] = [await idOf(from), await idOf(to)];
  await redisSays(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', source);
  await redisSays(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', target);
  let moved = 0;
  for (;;) {
    const keys = (await redisSays(from, 'CLUSTER', 'GETKEYSINSLOT', slot, KEYS_AT_ONCE)) as string[];
    await wait(HALF_MOVED_MS);
    if (keys.length === 0) break;
    await redisSays(from, 'MIGRATE', to.host, to.port, '', 0, MIGRATE_MS, 'KEYS', ...keys);
    moved += keys.length;
  }
  for (const node of [to, from, ...nodes.filter((each) => each !== to && each !== from)])
    await redisSays(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', target);
  return moved;
}

async function slotsWithKeys(node: Server): Promise<readonly number[]> {
  const keys = (await redisSays(node, 'KEYS', '*')) as string[];
  const isSession = (key: string) => Number(key.startsWith('sess:'));
  const slots = new Set<number>();
  for (const key of keys.sort((a, b) => isSession(b) - isSession(a)))
    slots.add(Number(await redisSays(node, 'CLUSTER', 'KEYSLOT', key)));
  return [...slots].slice(0, MOST_SLOTS);
}

async function run(drill: Drill) {
  const { world, visitors, say } = drill;
  const primaries = world.redis.slice(0, world.redis.length / 2);
  const [from, to] = primaries as [Server, Server];
  let [slots, keys] = [0, 0];
  const samples = await underLoad(drill, async (at) => {
    await at(3);
    say('slots are moved');
    for (const slot of await slotsWithKeys(from)) {
      keys += await move(slot, from, to, primaries);
      slots += 1;
    }
    say(`${slots} slots and ${keys} keys have moved`);
    await wait(3000);
  });
  const { sessionsLost, sessions } = await visitors.check();
  const byRedis = causes(drill);
  const profiles = samples.filter(({ kind }) => kind === 'profile');
  return [
    none('request failed by Redis', byRedis.length, samples.length, [...new Set(byRedis)].join(', ')),
    none('acknowledged session lost', sessionsLost, sessions),
    atMost('longest profile GET', quantile(profiles, 1), 1500),
    { demand: 'slots moved, with keys', measured: `${slots}, ${keys} keys`, holds: slots > 0 && keys > 0 },
    exits(drill),
    { demand: 'failed of a busy machine (told only)', measured: reasons(samples) || 'none', holds: true },
  ];
}

export const SLOTS: readonly Scenario[] = [
  {
    name: 'cluster-resharded',
    about: `${MOST_SLOTS} slots with keys of one shard of a 3 × 2 cluster moved to another, backends with REDIS_MODE=cluster`,
    shape: { redis: 'cluster' },
    run,
  },
];

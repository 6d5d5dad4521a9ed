/** Drills of the session store: its primary is killed, frozen or demoted, and another takes over. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../../lib/rehearsal/process';
import { redisLeads, redisSays } from '../../support/redis-nodes';
import { freeze, kill, thaw } from '../faults';
import { atMost, type Finding, none, quantile, reasons, recoveredAfter, wentWell } from '../figures';
import type { Server } from '../parts';
import { type Drill, exits, type Scenario, underLoad } from '../scenario';
import { readyAfter, Watch } from '../watch';
import { REDIS_NAMES, type RedisShape, WATCHED_AS } from '../world-redis';

interface Failover {
  readonly name: string;
  readonly about: string;
  readonly short?: boolean;
  readonly redis: RedisShape;
  readonly hurt: (primary: Server, world: Drill['world']) => unknown;
  /** What else happens some seconds after the switch. */
  readonly later?: (primary: Server) => void;
  /** Whether nothing acknowledged may be lost; else the loss is only told. */
  readonly keepsAll: boolean;
}

/** From the promotion until the name has followed. */
const NAME_FOLLOWS_MS = 1000;
const LEAST_PROFILES = 97;

const demote = (_: Server, { sentinels: [first] }: Drill['world']) =>
  first && redisSays(first, 'SENTINEL', 'FAILOVER', WATCHED_AS);

const FAILOVERS: readonly Failover[] = [
  {
    name: 'redis-killed',
    about: 'Redis primary killed; the replica is promoted, the name follows 1 s later',
    short: true,
    redis: 'watched',
    hurt: ({ part }) => kill(part.running),
    keepsAll: true,
  },
  {
    name: 'redis-frozen',
    about: 'Redis primary frozen (SIGSTOP), thawed 3 s after the switch',
    redis: 'watched',
    hurt: ({ part }) => freeze(part.running),
    later: ({ part }) => thaw(part.running),
    keepsAll: true,
  },
  {
    name: 'redis-demoted',
    about: 'Redis primary demoted, as by a planned failover; the name follows 1 s later',
    redis: 'watched',
    hurt: demote,
    keepsAll: false,
  },
  {
    name: 'sentinel-killed',
    about: 'Redis primary killed, backends with REDIS_MODE=sentinel',
    redis: 'sentinel',
    hurt: ({ part }) => kill(part.running),
    keepsAll: true,
  },
  {
    name: 'cluster-killed',
    about: "a shard's primary of a 3 × 2 cluster killed, backends with REDIS_MODE=cluster",
    redis: 'cluster',
    hurt: ({ part }) => kill(part.running),
    keepsAll: true,
  },
];

/** The servers say it themselves; to who asks the sentinels, the first of these that says it. */
const promoted = async ({ sentinels }: Drill['world'], heir: Server, asked: boolean): Promise<boolean> => {
  if (!asked) return redisLeads(heir);
  const said = await Promise.all(
    sentinels.map((each) => redisSays(each, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', WATCHED_AS)),
  );
  return said.some((address) => `${address}`.startsWith(heir.host));
};

async function run(drill: Drill, { redis, hurt, later, keepsAll }: Failover): Promise<readonly Finding[]> {
  const { world, visitors, say } = drill;
  const primary = world.redis[0] as Server;
  const heir = world.redis[world.redis.length / 2] as Server;
  let switched = 0;
  const readyz = new Watch(world, '/readyz');
  const samples = await underLoad(drill, async (at) => {
    await at(3);
    say('fault');
    await hurt(primary, world);
    await until('promotion', () => promoted(world, heir, redis === 'sentinel'));
    say('another primary');
    if (redis === 'watched') {
      await wait(NAME_FOLLOWS_MS);
      world.names.lead({ [REDIS_NAMES.primary]: heir.host, [REDIS_NAMES.reader]: heir.host });
      say('the name follows');
    }
    switched = performance.now();
    await wait(3000);
    later?.(primary);
    await wait(3000);
  });
  const ready = await readyz.end();
  const profiles = samples.filter(({ kind }) => kind === 'profile');
  const unknown = samples.filter(({ status }) => status === 401);
  const { sessionsLost, sessions } = await visitors.check();
  const answered = wentWell(profiles);
  return [
    {
      demand: `profile GETs answered ≥ ${LEAST_PROFILES} %`,
      measured: `${answered.toFixed(1)} % of ${profiles.length}`,
      holds: answered >= LEAST_PROFILES,
    },
    atMost('longest profile GET', quantile(profiles, 1), 1500),
    atMost(
      redis === 'watched' ? 'recovered after the name' : 'recovered after the promotion',
      Math.max(recoveredAfter(samples, switched), readyAfter(ready, switched)),
      2000,
    ),
    none('401', unknown.length, samples.length),
    {
      demand: keepsAll ? 'no acknowledged session lost' : 'acknowledged sessions lost (told only)',
      measured: `${sessionsLost} of ${sessions}`,
      holds: !keepsAll || sessionsLost === 0,
    },
    exits(drill),
    { demand: 'failed meanwhile (told only)', measured: reasons(samples) || 'none', holds: true },
  ];
}

export const REDIS: readonly Scenario[] = FAILOVERS.map((row) => ({
  ...row,
  shape: { redis: row.redis },
  run: (drill) => run(drill, row),
}));

/** Drills of a replica that nobody waits for, as another region's: it is promoted, and what it hadn't received is lost. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../../lib/rehearsal/process';
import { postgresSays, promote } from '../../../lib/rehearsal/standbys';
import { kill } from '../faults';
import { atMost, type Finding, reasons, type Sample } from '../figures';
import type { Order } from '../kinds';
import type { Server } from '../parts';
import { type Drill, exits, type Scenario, underLoad, type WorldScenario } from '../scenario';
import { DATABASE_NAMES } from '../world';

interface Promotion {
  /** What happens to the replica, at second `HURT`. */
  readonly hurt: (replica: Server) => Promise<unknown>;
  /** Orders acknowledged before this second must be there. */
  readonly keptBefore: number;
}

const HURT = 3;
const KILLED = 6;

const cut = async (replica: Server) => {
  await postgresSays(replica, "alter system set primary_conninfo = ''");
  await postgresSays(replica, 'select pg_reload_conf()');
};
const pause = (replica: Server) => postgresSays(replica, 'select pg_wal_replay_pause()');

async function missing(at: Server, orders: readonly Order[]): Promise<number> {
  const products = orders.map(({ product }) => `'${product}'`).join(', ');
  const [row] = await postgresSays(at, `select count(*)::int as count from orders where product in (${products})`);
  return orders.length - Number(row?.count);
}

async function promoted(drill: Drill, { hurt, keptBefore }: Promotion): Promise<readonly Finding[]> {
  const { world, visitors, say } = drill;
  const { primary, standby: replica, replica: reader } = world;
  const known = () => visitors.orders.filter(({ id }) => id !== undefined);
  let must: readonly Order[] = [];
  let all: readonly Order[] = [];
  let [took, switched] = [0, 0];
  const ordered = ({ kind, ok, due }: Sample) => kind === 'order' && ok && switched > 0 && due > switched;
  const samples = await underLoad(drill, async (at) => {
    const keep = at(keptBefore).then(() => {
      must = known();
    });
    await at(HURT);
    say('the replica is hurt');
    await hurt(replica);
    await keep;
    await at(KILLED);
    say('the region is gone');
    await Promise.all([primary, reader].map(({ part }) => kill(part.running)));
    all = known();
    const begin = performance.now();
    await promote(replica);
    took = performance.now() - begin;
    world.names.lead({ [DATABASE_NAMES.primary]: replica.host, [DATABASE_NAMES.replica]: replica.host });
    switched = performance.now();
    say('promoted, and the names follow');
    await until('an order', async () => visitors.samples.some(ordered)).catch(() => undefined); // the demand tells
    await wait(3000);
  });
  const first = samples.find(ordered);
  const since = all.length - must.length;
  const [lost, lostOlder] = [await missing(replica, all), await missing(replica, must)];
  return [
    {
      demand: `no order lost that was acknowledged in the first ${keptBefore} s`,
      measured: `${lostOlder} of ${must.length}`,
      holds: lostOlder === 0 && must.length > 0,
    },
    {
      demand: 'acknowledged orders lost ≤ those acknowledged since',
      measured: `${lost} of ${all.length}, ${since} of them in the last ${KILLED - keptBefore} s`,
      holds: lost <= since,
    },
    atMost('promoted', took, 5000),
    atMost('first order after the names', first ? first.due + first.ms - switched : Number.POSITIVE_INFINITY, 2000),
    exits(drill),
    { demand: 'failed meanwhile (told only)', measured: reasons(samples) || 'none', holds: true },
  ];
}

const drill = (name: string, about: string, promotion: Promotion, misses?: string): WorldScenario => ({
  name,
  about,
  misses,
  shape: { synchronous: false },
  run: (each) => promoted(each, promotion),
});

const FOLLOWS = KILLED - 1;

export const PROMOTION: readonly Scenario[] = [
  drill(
    'replica-cut',
    `an asynchronous replica cut off for ${KILLED - HURT} s; then its primary is killed, and it is promoted`,
    {
      hurt: cut,
      keptBefore: HURT,
    },
  ),
  drill('replica-paused', `the same, but it received all and replayed nothing for ${KILLED - HURT} s`, {
    hurt: pause,
    keptBefore: FOLLOWS,
  }),
];

export const PROMOTION_CONTROLS: readonly Scenario[] = [
  drill(
    'replica-cut-control',
    'a replica cut off of which it is said that it followed until a second before',
    { hurt: cut, keptBefore: FOLLOWS },
    'no order lost',
  ),
];

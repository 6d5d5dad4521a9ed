/** The drill of a lost region (DB-9): real visitors through the emulated CloudFront, who read and order; the first region goes, the second takes over, and the first comes back behind the fence. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { atMost, type Finding, reasons, type Sample } from '../figures';
import type { Order } from '../kinds';
import { FIRST, READS, RegionWorld, SECOND } from '../regions/world';
import { steps } from '../report';
import type { Scenario } from '../scenario';

const WELL_MS = 10_000;
const LIMITS_MS = { reads: 90_000, promoted: 60_000, writes: 60_000, healthy: 90_000 };
/** What was written just before a region is lost may not have been sent: the replica is no party to a commit. */
const UNSENT_S = 1;
const AFTERWARDS_MS = 10_000;

const count = async (world: RegionWorld, at: typeof FIRST) =>
  Number((await world.says(at, 'select count(*)::int as count from orders'))[0]?.count);

async function missing(world: RegionWorld, orders: readonly Order[]): Promise<number> {
  const products = orders.map(({ product }) => `'${product}'`).join(', ') || "''";
  const found = await world.says(
    SECOND,
    `select count(distinct product)::int as count from orders where product in (${products})`,
  );
  return orders.length - Number(found[0]?.count);
}

interface Course {
  readonly lost: number;
  readonly lag: number | undefined;
  /** Acknowledged before the loss, and when the last ones were. */
  readonly before: readonly Order[];
  readonly late: number;
  readonly readsBack: number;
  readonly promoting: number;
  readonly promoted: number;
  readonly firstOrder: number;
  readonly whole: number;
  readonly strayed: number;
}

/** The first good answer of that kind to a request that was due since then; milliseconds of performance.now(). */
const first = (samples: readonly Sample[], since: number, kinds: readonly string[]) =>
  samples.find(({ kind, ok, due }) => ok && due > since && kinds.includes(kind));

/** @param fenced whether it is said, and seen to, that one region writes */
async function taken(world: RegionWorld, say: (step: string) => void, fenced: boolean): Promise<Course> {
  const { visitors } = world;
  const known = () => visitors.orders.filter(({ id }) => id !== undefined);
  await wait(WELL_MS);
  const early = known().length;
  await wait(UNSENT_S * 1000);
  const lag = await world.lag(SECOND);
  say('the first region is lost: its APIs, balancer, servers and database');
  const before = known();
  const lost = performance.now();
  await world.lose(FIRST);
  const reads = () => READS.every((kind) => first(visitors.samples, lost + 1000, [kind]));
  const readsBack = await world.since('reads', reads, LIMITS_MS.reads);
  say('reads are back; failing over');
  const promoting = performance.now();
  if (fenced) await world.fence(true);
  await world.promote(SECOND);
  const promoted = performance.now();
  await world.grow(SECOND);
  const ordered = () => first(visitors.samples, promoting, ['order']) !== undefined;
  const firstOrder = await world.since('an order', ordered, LIMITS_MS.writes);
  const whole = await world.since('healthy servers', () => world.healthy(SECOND), LIMITS_MS.healthy);
  say('the first region comes back');
  await world.comeBack(FIRST);
  const old = await count(world, FIRST);
  if (fenced) await world.readOnly(FIRST);
  await world.since('its servers', () => world.healthy(FIRST), LIMITS_MS.healthy);
  await wait(AFTERWARDS_MS);
  const strayed = (await count(world, FIRST)) - old;
  return { lost, lag, before, late: before.length - early, readsBack, promoting, promoted, firstOrder, whole, strayed };
}

async function lost(fenced: boolean): Promise<readonly Finding[]> {
  const say = steps();
  const world = await RegionWorld.start(say);
  const over = new AbortController();
  const load = world.visitors.goOn(over.signal);
  try {
    const course = await taken(world, say, fenced);
    over.abort();
    const samples = await load;
    const since = world.visitors.orders.filter(({ id }) => id !== undefined).slice(course.before.length);
    const [gone, later] = [await missing(world, course.before), await missing(world, since)];
    const inOld = samples.filter(({ due }) => due > course.firstOrder);
    return [
      atMost('reads are back after the loss', course.readsBack - course.lost, LIMITS_MS.reads),
      atMost('promoted, from the first call', course.promoted - course.promoting, LIMITS_MS.promoted),
      atMost('first order, from the first call', course.firstOrder - course.promoting, LIMITS_MS.writes),
      atMost('as many healthy servers as the first region has', course.whole - course.promoting, LIMITS_MS.healthy),
      {
        demand: `acknowledged orders lost ≤ those of the last second`,
        measured: `${gone} of ${course.before.length}, ${course.late} of them in the last second; ReplicaLag ${course.lag} s`,
        holds: gone <= course.late && course.before.length > 0,
      },
      {
        demand: 'no order lost that the second region acknowledged',
        measured: `${later} of ${since.length}`,
        holds: later === 0 && since.length > 0,
      },
      {
        demand: 'no order written in the first region when it is back',
        measured: `${course.strayed}`,
        holds: course.strayed === 0,
      },
      { demand: 'failed once orders were taken again (told only)', measured: reasons(inOld) || 'none', holds: true },
    ];
  } finally {
    over.abort();
    await load.catch(() => undefined);
    await world.stop();
  }
}

export const REGIONS: readonly Scenario[] = [
  {
    name: 'region-lost',
    about: 'the first of two regions is lost whole, the second takes over, the first comes back',
    alone: () => lost(true),
  },
];

export const REGION_CONTROLS: readonly Scenario[] = [
  {
    name: 'region-lost-control',
    about: 'the same without a fence: nobody says that the second region writes, and the old database takes orders',
    misses: 'no order written in the first region',
    alone: () => lost(false),
  },
];

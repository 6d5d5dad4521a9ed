/** The drills of a lost region (DB-9): real visitors through the emulated CloudFront, who read and order; the first region goes, `npm run failover` brings the writing to the second, and later back. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { atMost, type Finding, longestWithout, reasons, type Sample } from '../figures';
import type { Order } from '../kinds';
import { FIRST, READS, RegionWorld, SECOND } from '../regions/world';
import { steps } from '../report';
import type { Scenario } from '../scenario';

const WELL_MS = 10_000;
const LIMITS_MS = { reads: 90_000, orders: 180_000, over: 240_000, healthy: 90_000, unwritten: 240_000, back: 480_000 };
/** What was written just before a region is lost may not have been sent: the replica is no party to a commit. */
const UNSENT_S = 1;
const AFTERWARDS_MS = 10_000;

const known = ({ visitors }: RegionWorld) => visitors.orders.filter(({ id }) => id !== undefined);

const count = async (world: RegionWorld, at: typeof FIRST) =>
  Number((await world.says(at, 'select count(*)::int as count from orders'))[0]?.count);

async function missing(world: RegionWorld, at: typeof FIRST, orders: readonly Order[]): Promise<number> {
  const products = orders.map(({ product }) => `'${product}'`).join(', ') || "''";
  const found = await world.says(
    at,
    `select count(distinct product)::int as count from orders where product in (${products})`,
  );
  return orders.length - Number(found[0]?.count);
}

/** The command's own words, where it didn't end as it must. */
async function failedOver(world: RegionWorld, to: typeof FIRST, say: (step: string) => void, ...words: string[]) {
  const done = await world.failover(to, words, ({ event, text }) => {
    if (event !== 'plan') say(`  ${text}`);
  });
  if (done.code !== 0)
    throw new Error(`failover to ${to.region}: expected exit code 0, got ${done.code}: ${done.stderr}`);
  return done;
}

interface Course {
  readonly lost: number;
  /** What the command said while the first region was well. */
  readonly refused: Awaited<ReturnType<RegionWorld['failover']>>;
  /** Acknowledged before the loss, and when the last ones were. */
  readonly before: readonly Order[];
  readonly late: number;
  readonly readsBack: number;
  readonly over: Awaited<ReturnType<RegionWorld['failover']>>;
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
  await wait(WELL_MS);
  const refused = await world.failover(SECOND);
  const early = known(world).length;
  await wait(UNSENT_S * 1000);
  say('the first region is lost: its APIs, balancer, servers and database');
  const before = known(world);
  const lost = performance.now();
  await world.lose(FIRST);
  const reads = () => READS.every((kind) => first(visitors.samples, lost + 1000, [kind]));
  const readsBack = await world.since('reads', reads, LIMITS_MS.reads);
  say('reads are back; failing over');
  const over = await failedOver(world, SECOND, say);
  const ordered = () => first(visitors.samples, over.begun, ['order']);
  await world.since('an order', () => ordered() !== undefined, LIMITS_MS.healthy);
  const { due = Number.NaN, ms = 0 } = ordered() ?? {};
  const whole = await world.since('healthy servers', () => world.healthy(SECOND), LIMITS_MS.healthy);
  if (!fenced) await world.fence(false);
  say('the first region comes back');
  await world.comeBack(FIRST);
  const old = await count(world, FIRST);
  if (fenced) await failedOver(world, SECOND, say);
  await world.since('its servers', () => world.healthy(FIRST), LIMITS_MS.healthy);
  await wait(AFTERWARDS_MS);
  const strayed = (await count(world, FIRST)) - old;
  const late = before.length - early;
  return { lost, refused, before, late, readsBack, over, firstOrder: due + ms, whole, strayed };
}

/** Visitors go on during `work`. */
async function underLoad<T>(world: RegionWorld, work: () => Promise<T>) {
  const over = new AbortController();
  const load = world.visitors.goOn(over.signal);
  load.catch(() => undefined);
  try {
    const done = await work();
    over.abort();
    return { done, samples: await load };
  } finally {
    over.abort();
  }
}

async function lost(fenced: boolean): Promise<readonly Finding[]> {
  const say = steps();
  const world = await RegionWorld.start(say);
  const { done: course, samples } = await underLoad(world, () => taken(world, say, fenced)).catch(async (error) => {
    await RegionWorld.end(); // nobody goes on from there
    throw error;
  });
  const { over, refused } = course;
  const since = known(world).slice(course.before.length);
  const [gone, later] = [await missing(world, SECOND, course.before), await missing(world, SECOND, since)];
  const readOnly = (await world.says(FIRST, 'show default_transaction_read_only'))[0]?.default_transaction_read_only;
  if (!fenced) await RegionWorld.end(); // region-back must not go on from there
  return [
    {
      demand: 'a first region that is well is not given up',
      measured: `exit code ${refused.code}`,
      holds: refused.code === 1 && refused.stderr.includes('expected to be down'),
    },
    atMost('reads are back after the loss', course.readsBack - course.lost, LIMITS_MS.reads),
    atMost('first order, from the call', course.firstOrder - over.begun, LIMITS_MS.orders),
    atMost('the command ends', over.seconds * 1000, LIMITS_MS.over),
    atMost('as many healthy servers as the first region has', course.whole - over.begun, LIMITS_MS.over),
    {
      demand: `acknowledged orders lost ≤ those of the last second`,
      measured: `${gone} of ${course.before.length}, ${course.late} of them in the last second`,
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
    { demand: 'its database is read-only then', measured: `${readOnly}`, holds: readOnly === 'on' },
    {
      demand: 'failed once orders were taken again (told only)',
      measured: reasons(samples.filter(({ due }) => due > course.firstOrder)) || 'none',
      holds: true,
    },
  ];
}

const taking = (samples: readonly Sample[], since = 0) =>
  samples.filter(({ kind, ok, due }) => ok && kind === 'order' && due > since);

async function over(say: (step: string) => void): Promise<RegionWorld> {
  if (RegionWorld.left) return RegionWorld.left;
  const world = await RegionWorld.start(say);
  say('a planned switch to the second region');
  await failedOver(world, SECOND, say, '--force');
  return world;
}

async function back(): Promise<readonly Finding[]> {
  const say = steps();
  const world = await over(say);
  const { done, samples } = await underLoad(world, async () => {
    await wait(WELL_MS);
    say('the way back');
    const done = await failedOver(world, FIRST, say);
    await wait(AFTERWARDS_MS);
    return done;
  });
  const orders = known(world);
  const [gone, unsent] = [await missing(world, FIRST, orders), await missing(world, SECOND, orders)];
  const after = taking(samples, done.begun + done.seconds * 1000);
  const left = done.events.filter(({ text }) => text.includes('left over')).at(-1)?.text ?? 'nothing';
  return [
    atMost('the command ends', done.seconds * 1000, LIMITS_MS.back),
    atMost('nobody orders for', longestWithout(taking(samples), samples), LIMITS_MS.unwritten),
    { demand: 'orders are taken afterwards', measured: `${after.length}`, holds: after.length > 0 },
    { demand: 'no order lost', measured: `${gone} of ${orders.length}`, holds: gone === 0 && orders.length > 0 },
    { demand: 'the second region follows again', measured: `lacks ${unsent}`, holds: unsent === 0 },
    { demand: 'what is left over is named', measured: left, holds: left.includes('-before') },
    {
      demand: 'no read failed',
      measured: reasons(samples.filter(({ kind }) => READS.includes(kind))) || 'none',
      holds: samples.every(({ kind, ok }) => ok || !READS.includes(kind)),
    },
    { demand: 'failed (told only)', measured: reasons(samples) || 'none', holds: true },
  ];
}

export const REGIONS: readonly Scenario[] = [
  {
    name: 'region-lost',
    about: 'the first of two regions is lost whole, the second takes over, the first comes back',
    alone: () => lost(true),
  },
  {
    name: 'region-back',
    about: 'the first region writes again, planned, from where region-lost ended, or after a planned switch',
    alone: back,
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

/** The drill of a slow network: whatever the backends send to Redis and PostgreSQL takes longer for a while. */
import { setTimeout as wait } from 'node:timers/promises';
import { causes } from '../causes';
import { atMost, none, quantile, reasons } from '../figures';
import { type Relay, relayTo } from '../relay';
import { type Drill, type Scenario, underLoad } from '../scenario';
import { DATABASE_NAMES } from '../world';
import { REDIS_NAMES } from '../world-redis';

const LATE_MS = 100;
const SLOW_MS = 6000;
/** Their time is the processor's. */
const HASHED = new Set(['login', 'token']);

/** Before each store that the backends know, with the name they know it by. */
async function relaysBefore({ redis: [redis, reader], primary, replica }: Drill['world']) {
  const ways = [
    [REDIS_NAMES.primary, redis, '127.0.1.51'],
    [REDIS_NAMES.reader, reader, '127.0.1.52'],
    [DATABASE_NAMES.primary, primary, '127.0.1.53'],
    [DATABASE_NAMES.replica, replica, '127.0.1.54'],
  ] as const;
  return Promise.all(
    ways.flatMap(([name, server, host]) =>
      server ? [relayTo(server, host).then((relay) => [name, relay] as const)] : [],
    ),
  );
}

/** Started anew, so that each of their connections goes by a relay. */
async function startAnew({ backends }: Drill['world']): Promise<void> {
  for (const { part } of backends) {
    process.kill(part.running.pid, 'SIGTERM');
    await part.running.gone;
    await part.start();
  }
}

async function slowed(drill: Drill, relays: readonly Relay[]) {
  await startAnew(drill.world);
  const before = drill.world.backends.reduce((sum, { part }) => sum + part.ended, 0);
  const samples = await underLoad(drill, async (at) => {
    await at(2);
    drill.say(`${LATE_MS} ms later`);
    for (const relay of relays) relay.delay(LATE_MS);
    await wait(SLOW_MS);
    drill.say('as before');
    for (const relay of relays) relay.delay(0);
    await wait(2000);
  });
  const slow = causes(drill);
  const plain = samples.filter(({ kind }) => !HASHED.has(kind));
  const kept = await drill.visitors.check();
  const ended = drill.world.backends.reduce((sum, { part }) => sum + part.ended, 0) - before;
  return [
    none('failed request but for want of processor', slow.length, samples.length, slow[0]),
    atMost('p95 of what hashes no password', quantile(plain, 0.95), 1000),
    none('acknowledged order lost', kept.ordersLost, kept.orders),
    { demand: 'no process ends', measured: `${ended}`, holds: ended === 0 },
    { demand: 'failed meanwhile (told only)', measured: reasons(samples) || 'none', holds: true },
    { demand: 'median (told only)', measured: `${Math.round(quantile(samples, 0.5))} ms`, holds: true },
  ];
}

async function run(drill: Drill) {
  const relays = await relaysBefore(drill.world);
  drill.world.names.lead(Object.fromEntries(relays.map(([name, { host }]) => [name, host])));
  const all = relays.map(([, relay]) => relay);
  try {
    return await slowed(drill, all);
  } finally {
    for (const relay of all) relay.end(); // also where it failed: a listening one keeps the command from ending
  }
}

export const NETWORK: readonly Scenario[] = [
  { name: 'network-slow', about: 'what backends send to Redis and PostgreSQL takes 100 ms longer, for 6 s', run },
];

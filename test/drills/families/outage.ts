/** The drill in which Redis and PostgreSQL are all gone for a while: the processes stay, say so, and come back by themselves. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { kill } from '../faults';
import { atMost, none, reasons } from '../figures';
import { type Drill, exits, type Scenario, underLoad } from '../scenario';
import { readyAfter, Watch } from '../watch';

const DOWN_MS = 6000;

const longest = (values: readonly number[]) => Math.max(0, ...values);

async function run(drill: Drill) {
  const { world, say } = drill;
  const { primary, standby, replica, redis } = world;
  const stores = [...redis, primary, standby, replica];
  const [livez, readyz] = [new Watch(world, '/livez'), new Watch(world, '/readyz')];
  let [down, back] = [0, 0];
  const samples = await underLoad(drill, async (at) => {
    await at(2);
    say('everything down');
    await Promise.all(stores.map(({ part }) => kill(part.running)));
    down = performance.now();
    await wait(DOWN_MS);
    say('everything back');
    await Promise.all([redis[0], primary].map((server) => server?.part.start()));
    back = performance.now();
    for (const { part } of [...redis.slice(1), standby, replica]) await part.start();
    await wait(6000);
  });
  const [live, ready] = [await livez.end(), await readyz.end()];
  const alive = live.flat();
  const during = ready.map((looks) => looks.filter(({ at }) => at >= down && at < down + DOWN_MS));
  // from the fault until each has said so
  const noticed = during.map((looks) => {
    const said = looks.find(({ status }) => status === 503);
    return said ? said.at + said.ms - down : Number.POSITIVE_INFINITY;
  });
  const slowest = longest(during.flat().map(({ ms }) => ms));
  return [
    exits(drill),
    none('/livez other than 200', alive.filter(({ status }) => status !== 200).length, alive.length),
    atMost('longest /livez', longest(alive.map(({ ms }) => ms)), 500),
    atMost('/readyz 503 after the fault', longest(noticed), 2500),
    atMost('longest /readyz meanwhile', slowest, 2500),
    atMost('ready after the return', readyAfter(ready, back), 5000),
    none('401', samples.filter(({ status }) => status === 401).length, samples.length),
    { demand: 'failed meanwhile (told only)', measured: reasons(samples) || 'none', holds: true },
  ];
}

export const OUTAGE: readonly Scenario[] = [
  { name: 'everything-down', about: 'Redis and PostgreSQL all down for 6 s', run },
];

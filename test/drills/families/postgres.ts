/** Drills of the database: the primary killed or frozen and the standby promoted, or a read replica gone. */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { follow, postgresSays, promote } from '../../../lib/rehearsal/standbys';
import { freeze, kill, thaw } from '../faults';
import { atMost, failed, none, reasons, recoveredAfter, wentWell } from '../figures';
import type { Server } from '../parts';
import { type Drill, exits, type Scenario, underLoad } from '../scenario';
import { readyAfter, Watch } from '../watch';
import { DATABASE_NAMES } from '../world';

/** From the fault until the standby is promoted, and from there until the name has followed. RDS takes a minute or two together. */
const NOTICED_MS = 2500;
const NAME_FOLLOWS_MS = 500;

async function failover(
  drill: Drill,
  hurt: (primary: Server) => unknown,
  later: (primary: Server) => void = () => undefined,
) {
  const { world, visitors, say } = drill;
  const { primary, standby, replica } = world;
  let switched = 0;
  const readyz = new Watch(world, '/readyz');
  const samples = await underLoad(drill, async (at) => {
    await at(3);
    say('fault');
    await hurt(primary);
    await wait(NOTICED_MS);
    await promote(standby);
    await follow(replica, standby, 'replica');
    say('another primary');
    await wait(NAME_FOLLOWS_MS);
    world.names.lead({ [DATABASE_NAMES.primary]: standby.host });
    switched = performance.now();
    say('the name follows');
    await wait(3000);
    later(primary);
    await wait(3000);
  });
  const ready = await readyz.end();
  const kept = await visitors.check();
  const [doubled] = await postgresSays(
    standby,
    'select count(*)::int as count from (select product from orders group by product having count(*) > 1) as twice',
  );
  return [
    atMost('recovered after the name', Math.max(recoveredAfter(samples, switched), readyAfter(ready, switched)), 1000),
    none('acknowledged order lost', kept.ordersLost, kept.orders),
    none('duplicate on replay', kept.duplicates + Number(doubled?.count)),
    exits(drill),
    { demand: 'failed meanwhile (told only)', measured: reasons(samples) || 'none', holds: true },
  ];
}

export const POSTGRES: readonly Scenario[] = [
  {
    name: 'postgres-killed',
    about: 'PostgreSQL primary killed; the standby is promoted 2.5 s later, the name follows',
    short: true,
    run: (drill) => failover(drill, ({ part }) => kill(part.running)),
  },
  {
    name: 'postgres-frozen',
    about: 'PostgreSQL primary frozen (SIGSTOP), thawed 3 s after the switch',
    run: (drill) =>
      failover(
        drill,
        ({ part }) => freeze(part.running),
        ({ part }) => thaw(part.running),
      ),
  },
  {
    name: 'replica-killed',
    about: 'the read replica killed',
    run: async (drill) => {
      let hurt = 0;
      const samples = await underLoad(drill, async (at) => {
        await at(3);
        drill.say('fault');
        hurt = performance.now();
        await kill(drill.world.replica.part.running);
        await at(9);
      });
      const late = samples.filter(({ due }) => due > hurt + 2000);
      const share = 100 - wentWell(samples);
      return [
        {
          demand: 'failed ≤ 1 %',
          measured: `${share.toFixed(2)} % of ${samples.length}${share ? `: ${reasons(samples)}` : ''}`,
          holds: share <= 1,
        },
        none('failure 2 s later', failed(late).length, late.length, reasons(late)),
        exits(drill),
      ];
    },
  },
];

/** Rollouts of several services, by a refresh, and against throttling and others who write: one case each, in a model world. */
import { lookOnce } from '../../../../lambda/rollout/machine';
import { BACK, OUT, phaseOf, run, servicesOf, summary } from '../../../support/rollout-run';
import { NEW, OLD, order, RolloutWorld } from '../../../support/rollout-world';

it('who lost a race does nothing', async () => {
  const world = new RolloutWorld();
  const { write } = world;
  world.write = (name, next, etag) => {
    if (next.rollout?.phase === 'bake')
      world.change(name, (state) =>
        state.rollout ? { ...state, rollout: { ...state.rollout, cancelled: true } } : state,
      );
    return write(name, next, etag);
  };
  expect(await run(world, order())).toMatchObject({ reason: 'cancelled' });
  expect(world.weightsSet).toEqual([]);
});

it('a call that is throttled is made again, and changes nothing meanwhile', async () => {
  const throttled = {
    at: 3,
    when: 'before' as const,
    happens: () => {
      throw new Error('the machine died');
    },
  };
  const world = new RolloutWorld({ interruptions: [throttled] });
  const states = new Set<string>();
  await run(world, order(), (now) => states.add(JSON.stringify(now.part().state)));
  expect([...states][0]).toBe(JSON.stringify(new RolloutWorld().part().state));
  expect(summary(world)).toMatchObject(OUT);
});

describe('several services', () => {
  const services = ['backend', 'shop', 'workers'];
  const all = order({ services });

  it('come one after the other, and one without a balancer by a refresh', async () => {
    const world = new RolloutWorld({ services });
    expect(await run(world, all)).toMatchObject({ next: 'done' });
    for (const name of services)
      expect(summary(world, name)).toMatchObject({ outcome: 'released', releases: [NEW.id] });
    const begins = world.said.filter((what) => what.includes('begins'));
    expect(begins).toEqual([
      'backend, release new: begins, canary, from old',
      'shop, release new: begins, canary, from old',
      'workers, release new: begins, rolling, from old',
    ]);
  });

  it('all go back when the last one does, the last first', async () => {
    const world = new RolloutWorld({ services });
    const output = await run(world, all, (now) => {
      if (phaseOf(now, 'workers') === 'bake') now.part('workers').firing = ['NoWorker'];
    });
    expect(output).toMatchObject({ error: 'RolledBack', reason: 'alarm: NoWorker' });
    for (const name of services)
      expect(summary(world, name)).toMatchObject({ active: 'blue', outcome: 'rolled back', releases: [OLD.id] });
    const ends = world.said.filter((what) => what.includes('rolled back'));
    expect(ends.map((what) => what.split(',')[0])).toEqual(['workers', 'shop', 'backend']);
    expect(world.wrong).toEqual([]);
  });
});

describe('a refresh', () => {
  const plan = { strategy: 'rolling', steps: [100] } as const;

  it('that is not listed at once is waited for', async () => {
    const world = new RolloutWorld();
    const { look } = world;
    let hidden = 2;
    world.look = async (...asked) => {
      const seen = await look(...asked);
      const { blue } = seen.groups;
      return blue.refresh && hidden-- > 0
        ? { ...seen, groups: { ...seen.groups, blue: { ...blue, refresh: undefined } } }
        : seen;
    };
    expect(await run(world, order({}, plan))).toMatchObject({ next: 'done' });
  });

  it("of somebody else's after the one back is no end: the servers are replaced once more", async () => {
    const world = new RolloutWorld();
    let theirs = false;
    const output = await run(world, order({}, plan), (now) => {
      const { rollout } = now.part().state;
      const { refresh } = now.group('blue');
      if (rollout?.phase === 'bake') now.part().firing = ['LatencyHigh'];
      if (theirs || refresh?.status !== 'InProgress' || rollout?.back !== refresh.id) return;
      theirs = true;
      Object.assign(refresh, { id: 'theirs', status: 'Successful' });
    });
    expect(output).toMatchObject({ error: 'RolledBack', reason: 'alarm: LatencyHigh' });
    expect(summary(world)).toMatchObject({ ...BACK, releases: [OLD.id] });
  });
});

it('a long watch goes on in another execution before one is full', async () => {
  const input = { rollout: order(), services: servicesOf(new RolloutWorld()) };
  expect(await lookOnce(new RolloutWorld(), { ...input, looks: 1999 })).toMatchObject({ next: 'wait' });
  expect(await lookOnce(new RolloutWorld(), { ...input, looks: 2000 })).toMatchObject({ next: 'again' });
});

/** What may be done while the old servers of a rollout are kept, in a model world. */
import { BACK, OUT, phaseOf, run, summary } from '../../../support/rollout-run';
import { OLD, order, PLAN, RolloutWorld } from '../../../support/rollout-world';

describe('while the old servers are kept', () => {
  const kept = async () => {
    const world = new RolloutWorld();
    const output = run(world, order({}, { keepSeconds: 10_000 }), (now) => {
      if (phaseOf(now) === 'keep' && !now.part().state.rollout?.moving) throw new Error('kept');
    });
    await expect(output).rejects.toThrow('kept');
    return world;
  };

  it('the way back is one turn of the weights: no server boots', async () => {
    const world = await kept();
    const [begun, servers] = [world.time, world.group('blue').servers];
    let took = 0;
    await run(world, order({ id: 'second', release: OLD }), (now) => {
      if (now.part().weights?.blue === 100 && took === 0) took = now.time - begun;
    });
    expect(took).toBeLessThanOrEqual(30_000);
    expect(world.group('blue').servers).toEqual(servers);
    expect(world.part().state.outcomes.map(({ id, outcome, release }) => [id, outcome, release.id])).toEqual([
      ['second', 'released', 'old'],
      ['rollout-1', 'released', 'new'],
    ]);
    expect(summary(world)).toMatchObject({ active: 'blue', releases: [OLD.id], resting: [0, 0, 0] });
    expect([world.group('blue').min, world.group('blue').max]).toEqual([2, 10]);
  });

  it('the way back boots servers where the kept ones are too few', async () => {
    const world = await kept();
    world.group('blue').servers.length = 1;
    expect(await run(world, order({ id: 'second', release: OLD }))).toMatchObject({ next: 'done' });
    expect(summary(world)).toMatchObject({ active: 'blue', releases: [OLD.id], resting: [0, 0, 0] });
    expect(world.wrong).toEqual([]);
  });

  it.each(['canary', 'rolling'] as const)('another release may come and takes their place: %s', async (strategy) => {
    const world = await kept();
    const next = { id: 'next', sha256: '3' };
    const steps = strategy === 'canary' ? PLAN.steps : [100];
    expect(await run(world, order({ id: 'second', release: next }, { strategy, steps }))).toMatchObject({
      next: 'done',
    });
    expect(summary(world)).toMatchObject({ releases: ['next'], resting: [0, 0, 0], outcome: 'released' });
    expect(world.wrong).toEqual([]);
  });

  it('the machine that kept them ends when another one took over', async () => {
    const world = await kept();
    world.change('backend', ({ rollout: _, ...state }) => state);
    expect(await run(world, order())).toMatchObject({ next: 'done' });
  });

  it('requests go back only to servers that are there', async () => {
    const world = await kept();
    world.group('blue').servers = world
      .group('blue')
      .servers.map(() => ({ release: OLD.id, healthyAt: world.time + 60_000 }));
    world.change('backend', (state) =>
      state.rollout ? { ...state, rollout: { ...state.rollout, cancelled: true } } : state,
    );
    expect(await run(world, order())).toMatchObject({ error: 'RolledBack', reason: 'cancelled' });
    expect(summary(world)).toMatchObject({ ...BACK, releases: [OLD.id] });
    expect(world.wrong).toEqual([]);
  });

  it('weights that somebody changes by hand hold until the old servers go', async () => {
    const world = await kept();
    world.part().weights = { blue: 10, green: 90 };
    const seen = new Set<number>();
    await run(world, order(), (now) => {
      if (phaseOf(now) === 'keep') seen.add(now.part().weights?.blue ?? 0);
    });
    expect([...seen]).toEqual([10]);
    expect(summary(world)).toMatchObject({ weights: { blue: 0, green: 100 }, resting: [0, 0, 0] });
    expect(world.wrong).toEqual([]);
  });

  it('they stay while a deployment is under way, which may know them still', async () => {
    const world = new RolloutWorld();
    let looks = 0;
    await run(world, order(), (now) => {
      if (phaseOf(now) === 'keep') looks += 1;
      now.part().deploying = phaseOf(now) === 'keep' && looks < 30;
    });
    expect(looks).toBeGreaterThanOrEqual(30);
    expect(summary(world)).toMatchObject(OUT);
  });
});

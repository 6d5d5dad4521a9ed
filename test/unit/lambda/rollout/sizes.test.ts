/** How many servers there are on the way of a rollout, and after it, in a model world. */
import { OUT, once, phaseOf, run, summary } from '../../../support/rollout-run';
import { order, RolloutWorld } from '../../../support/rollout-world';

describe('the number of servers', () => {
  it.each([
    [2, 10, [1, 1, 1, 2]],
    [7, 10, [1, 2, 4, 7]],
    [10, 10, [1, 3, 5, 10]],
  ])('of a fleet of %d, at most %d: the new ones are as many as their share needs', async (size, max, expected) => {
    const world = new RolloutWorld({ size, max });
    const seen: number[] = [];
    await run(world, order(), (now) => {
      const { rollout } = now.part().state;
      if (rollout?.phase === 'bake') seen[rollout.step] = now.group('green').servers.length;
      if (rollout && rollout.phase !== 'clear') expect(now.group('blue').servers).toHaveLength(size);
    });
    expect(seen).toEqual(expected);
    expect(summary(world)).toMatchObject(OUT);
    expect(world.group('green').servers).toHaveLength(size);
    expect(world.wrong).toEqual([]);
  });

  it.each(['boot', 'bake'] as const)('grows on both sides when the fleet grows in %s', async (phase) => {
    const world = new RolloutWorld({ size: 2 });
    const grows = (now: RolloutWorld) => {
      if (phaseOf(now) === phase && now.group('blue').desired < 9) now.group('blue').desired += 1;
    };
    expect(await run(world, order(), grows)).toMatchObject({ next: 'done' });
    expect(summary(world)).toMatchObject(OUT);
    expect(world.group('green').servers).toHaveLength(9);
    expect([world.group('green').min, world.group('green').max]).toEqual([2, 10]);
    expect(world.wrong).toEqual([]);
  });

  it('does not shrink on the old side, though nothing is left to do there', async () => {
    const world = new RolloutWorld({ size: 7 });
    const shrinks = (now: RolloutWorld) => {
      const { min, desired } = now.group('blue');
      now.group('blue').desired = Math.max(min, desired - (phaseOf(now) && phaseOf(now) !== 'prepare' ? 1 : 0));
    };
    await run(world, order(), shrinks);
    expect(summary(world)).toMatchObject(OUT);
    expect(world.wrong).toEqual([]);
  });

  it('has the limits afterwards that the clock set meanwhile', async () => {
    const world = new RolloutWorld({ size: 4 });
    const evening = once('bake', (now) => Object.assign(now.group('blue'), { min: 1, max: 6 }), 1);
    await run(world, order(), evening);
    expect([world.group('green').min, world.group('green').max]).toEqual([1, 6]);
    expect(world.wrong).toEqual([]);
  });

  it('has those limits too where the clock allows fewer servers than there were', async () => {
    const world = new RolloutWorld({ size: 7 });
    const evening = once('bake', (now) => Object.assign(now.group('blue'), { min: 1, max: 6 }), 1);
    await run(world, order(), evening);
    expect([world.group('green').min, world.group('green').max]).toEqual([1, 6]);
  });

  it('is changed by the clock on the active side alone', async () => {
    const world = new RolloutWorld();
    await run(world, order());
    expect([world.group('green').scheduled, world.group('blue').scheduled]).toEqual([true, false]);
  });
});

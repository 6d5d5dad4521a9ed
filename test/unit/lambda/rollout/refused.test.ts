/** What a rollout is not begun with: one case each, in a model world. */
import { run } from '../../../support/rollout-run';
import { NEW, OLD, order, RolloutWorld } from '../../../support/rollout-world';

describe('a rollout is refused', () => {
  const refusedBy = async (world: RolloutWorld, reason: string, input = order({ id: 'second' })) => {
    const before = JSON.stringify(world.part().state);
    expect(await run(world, input)).toMatchObject({ next: 'failed', error: 'Refused', reason });
    expect(JSON.stringify(world.part().state)).toBe(before);
  };

  it.each(['prepare', 'boot', 'smoke', 'bake', 'back', 'clear'] as const)(
    'while another one is under way: %s',
    async (phase) => {
      const world = new RolloutWorld();
      // biome-ignore lint/suspicious/noExplicitAny: the rest of the other rollout doesn't matter
      world.change('backend', (state) => ({ ...state, rollout: { id: 'first', release: NEW, phase } as any }));
      await refusedBy(world, `backend: expected no rollout under way, got that of release new (${phase})`);
    },
  );

  it('while a deployment is under way', async () => {
    const world = new RolloutWorld();
    world.part().deploying = true;
    await refusedBy(world, 'backend: expected no deployment under way, got one; begin again when it is through');
  });

  it('while somebody else replaces the servers', async () => {
    const world = new RolloutWorld();
    world.group('blue').refresh = { id: 'theirs', status: 'InProgress', percent: 1, left: 3 };
    await refusedBy(
      world,
      'backend: expected no instance refresh of backend-blue, got one; begin again when it is through',
    );
  });

  it('when weights are not as they were left', async () => {
    const world = new RolloutWorld();
    world.part().weights = { blue: 90, green: 10 };
    await refusedBy(
      world,
      'backend: expected weights blue 100 and green 0, got 90 and 10: changed by hand; set them as they were',
    );
  });

  it('for a service that there is not', async () => {
    await refusedBy(new RolloutWorld(), 'shop: expected one of backend', order({ services: ['shop'] }));
  });

  it('and there is nothing to do for the release that is current', async () => {
    const world = new RolloutWorld();
    expect(await run(world, order({ release: OLD }))).toMatchObject({ next: 'done' });
    expect(world.said).toEqual([]);
  });
});

/** Whole rollouts in a model world, with a fault at every step of every one. */
import type { Plan, RolloutInput } from '../../../../lambda/rollout/state';
import { run, summary } from '../../../support/rollout-run';
import { dies, type Interruption, NEW, OLD, order, RolloutWorld } from '../../../support/rollout-world';

jest.setTimeout(60_000);

const STRATEGIES = ['canary', 'blue-green', 'rolling'] as const;
const STEPS = { canary: [5, 25, 50, 100], 'blue-green': [100], rolling: [100] };
const planOf = (strategy: Plan['strategy']) => ({ strategy, steps: STEPS[strategy] });

const DONE = {
  canary: { active: 'green', weights: { blue: 0, green: 100 }, resting: [0, 0, 0] },
  'blue-green': { active: 'green', weights: { blue: 0, green: 100 }, resting: [0, 0, 0] },
  rolling: { active: 'blue', weights: { blue: 100, green: 0 }, resting: [0, 0, 0] },
} as const;
const BACK = { active: 'blue', weights: { blue: 100, green: 0 }, resting: [0, 0, 0], releases: [OLD.id] };

/** How many calls of the world it takes when all is well. */
async function length(input: RolloutInput): Promise<number> {
  const world = new RolloutWorld();
  await run(world, input);
  return world.steps;
}

async function tried(input: RolloutInput, ...interruptions: readonly Interruption[]) {
  const world = new RolloutWorld({ interruptions });
  const output = await run(world, input);
  expect(world.wrong).toEqual([]);
  expect(summary(world).rollout).toBeUndefined();
  return { world, output };
}

/** Every step, before it and after it. */
async function atEachStep(
  input: RolloutInput,
  happens: Interruption['happens'],
  each: (at: Interruption) => Promise<void>,
) {
  const steps = await length(input);
  for (let at = 0; at < steps; at++) for (const when of ['before', 'after'] as const) await each({ at, when, happens });
}

describe.each(STRATEGIES)('%s', (strategy) => {
  const input = order({}, planOf(strategy));

  it('brings a good release, and nothing is left of the old one', async () => {
    const { world, output } = await tried(input);
    expect(output).toMatchObject({ next: 'done' });
    expect(summary(world)).toMatchObject({ ...DONE[strategy], releases: [NEW.id], outcome: 'released' });
    expect([world.group(summary(world).active).min, world.group(summary(world).active).max]).toEqual([2, 10]);
    expect(world.said.at(0)).toBe(`backend, release new: begins, ${strategy}, from old`);
  });

  it('goes on where it was when the machine dies, at whichever step', async () => {
    await atEachStep(input, dies, async (at) => {
      const { world, output } = await tried(input, at);
      expect([at, output.next, summary(world)]).toMatchObject([
        at,
        'done',
        { ...DONE[strategy], releases: [NEW.id], outcome: 'released' },
      ]);
    });
  });

  it('goes back when an alarm rings, at whichever step, unless all was over', async () => {
    const rings = (world: RolloutWorld) => world.part().firing.push('LatencyHigh');
    await atEachStep(input, rings, async (at) => {
      const { world, output } = await tried(input, at);
      const { outcome, ...rest } = summary(world);
      if (outcome === 'released') expect(output.next).toBe('done');
      else {
        expect(rest).toMatchObject(BACK);
        expect(output).toMatchObject({ error: 'RolledBack', reason: 'alarm: LatencyHigh' });
      }
    });
  });

  it('goes back when it is cancelled, at whichever step, and dies on the way back', async () => {
    const cancelled = (world: RolloutWorld) =>
      world.change('backend', (state) =>
        state.rollout ? { ...state, rollout: { ...state.rollout, cancelled: true } } : state,
      );
    await atEachStep(input, cancelled, async (at) => {
      for (const later of [2, 5]) {
        const { world } = await tried(input, at, { at: at.at + later, when: 'before', happens: dies });
        const { outcome, ...rest } = summary(world);
        if (outcome !== 'released') expect(rest).toMatchObject(BACK);
      }
    });
  });
});

it('two machines with one rollout do each other no harm', async () => {
  const input = order();
  const world = new RolloutWorld();
  await Promise.all([run(world, input), run(world, input)]);
  expect(world.wrong).toEqual([]);
  expect(summary(world)).toMatchObject({ ...DONE.canary, releases: [NEW.id], outcome: 'released' });
});

it('dies again and again at steps far apart, and ends all the same', async () => {
  const input = order();
  const steps = await length(input);
  for (const gap of [2, 3, 5, 7, 11]) {
    const interruptions = Array.from({ length: Math.ceil(steps / gap) }, (_, nth) => ({
      at: nth * gap,
      when: nth % 2 ? ('before' as const) : ('after' as const),
      happens: dies,
    }));
    const { world } = await tried(input, ...interruptions.slice(0, 60));
    expect(summary(world)).toMatchObject({ outcome: 'released', releases: [NEW.id] });
  }
});

describe('a group without servers', () => {
  const input = order({}, planOf('rolling'));

  it('gets the release by its pointer alone: nothing is replaced, booted or asked', async () => {
    const world = new RolloutWorld({ size: 0 });
    expect(await run(world, input)).toMatchObject({ next: 'done' });
    expect(world.part().state).toMatchObject({ fleets: { blue: NEW }, outcomes: [{ outcome: 'released' }] });
    expect(world.group('blue').refresh).toBeUndefined();
  });

  it('has the new release on all servers that start at whichever step, as a failover starts them', async () => {
    const starts = (world: RolloutWorld) => {
      Object.assign(world.group('blue'), { min: 2, desired: 2 });
      world.pass(0);
    };
    const calm = new RolloutWorld({ size: 0 });
    await run(calm, input);
    for (let at = 0; at < calm.steps; at++)
      for (const when of ['before', 'after'] as const) {
        const world = new RolloutWorld({ size: 0, interruptions: [{ at, when, happens: starts }] });
        const { next } = await run(world, input);
        expect([at, when, next, summary(world).releases]).toEqual([at, when, 'done', [NEW.id]]);
      }
  });
});

/** Whole failovers in a model world, over and back, with a death of the machine at every step of each. */
import type { FailoverInput } from '../../../../lambda/failover/places';
import { order } from '../../../support/failover-places';
import { run, summary } from '../../../support/failover-run';
import { dies, FailoverWorld, type Interruption } from '../../../support/failover-world';

jest.setTimeout(60_000);

const OVER = {
  fence: true,
  first: ['data', 'data-r1 copies', 'data-r2 copies'],
  second: ['away'],
  sizes: [
    [4, 4],
    [2, 2],
  ],
  tells: true,
};
const BACK = {
  fence: false,
  first: ['data', 'data-before', 'data-r1 copies', 'data-r1-before copies', 'data-r2 copies', 'data-r2-before copies'],
  second: ['away copies', 'away-before'],
  sizes: [
    [1, 1],
    [0, 0],
  ],
  tells: false,
};

interface Case {
  readonly input: FailoverInput;
  readonly end: object;
  /** Whether anything acknowledged may be missing. */
  readonly loses?: true;
  readonly prepare: (world: FailoverWorld) => Promise<void> | void;
}

const away = async (world: FailoverWorld) => {
  world.lose('gone');
  await run(world, order('second'));
  world.regain();
  world.pass(120);
};

const CASES: Readonly<Record<string, Case>> = {
  'over, with the first region gone': {
    input: order('second'),
    end: OVER,
    loses: true,
    prepare: (world) => world.lose('gone'),
  },
  'over, with the first region cut off and visitors still in it': {
    input: order('second', { force: true }),
    end: OVER,
    loses: true,
    prepare: (world) => world.lose('cut'),
  },
  'over, with the first database failed': {
    input: order('second'),
    end: OVER,
    loses: true,
    prepare: (world) => world.lose('database'),
  },
  'over, planned': { input: order('second', { force: true }), end: OVER, prepare: () => undefined },
  back: { input: order('first'), end: BACK, prepare: away },
};

async function tried({ input, end, loses, prepare }: Case, interruption?: Interruption, resumed = false) {
  const world = new FailoverWorld();
  await prepare(world);
  const lostBefore = input.to === 'eu-west-1' ? world.lost('second') : 0;
  const first = world.steps;
  world.given = interruption ? { interruptions: [{ ...interruption, at: first + interruption.at }] } : {};
  const output = await run(world, input, resumed);
  world.pass(120);
  expect({ interruption, ...output, places: undefined }).toMatchObject({ next: 'done' });
  expect(world.wrong).toEqual([]);
  expect({ interruption, ...summary(world) }).toMatchObject(end);
  const lost = world.lost(input.to === 'eu-west-1' ? 'first' : 'second') - lostBefore;
  if (!loses) expect({ interruption, lost }).toEqual({ interruption, lost: 0 });
  return { world, output, steps: world.steps - first };
}

describe.each(Object.entries(CASES))('%s', (_, each) => {
  it('ends with one region that writes, and everything in its place', async () => {
    const { world } = await tried(each);
    const before = world.acknowledged.length;
    world.pass(10);
    expect(world.acknowledged.length).toBe(before + 10);
  });

  it.each([
    ['its next look goes on', false],
    ['another execution goes on', true],
  ])('ends the same when the machine dies before or after any call, and %s', async (_name, resumed) => {
    const { steps } = await tried(each);
    for (let at = 0; at < steps; at++)
      for (const when of ['before', 'after'] as const) await tried(each, { at, when, happens: dies }, resumed);
  });
});

/** What makes a rollout go back, and how: one case each, in a model world. */
import type { Figures } from '../../../../lambda/rollout/seen';
import { BACK, once, phaseOf, run, summary } from '../../../support/rollout-run';
import { NEW, OLD, order, RolloutWorld } from '../../../support/rollout-world';

describe('a rollout goes back', () => {
  const goesBack = async (
    reason: string | RegExp,
    world: RolloutWorld,
    ...rest: Parameters<typeof run> extends [unknown, ...infer R] ? R : never
  ) => {
    const output = await run(world, ...rest);
    expect(output).toMatchObject({ next: 'failed', error: 'RolledBack', reason: expect.stringMatching(reason) });
    expect(summary(world)).toMatchObject(BACK);
    expect(world.part().state.outcomes[0]?.reason).toBe(output.reason);
    expect(world.wrong).toEqual([]);
  };

  it('when somebody changed the weights by hand, and not when the machine did', async () => {
    const changed = once('bake', (world) => {
      world.part().weights = { blue: 50, green: 50 };
    });
    await goesBack(
      'weights: expected blue 95 and green 5, got blue 50 and green 50: changed by hand',
      new RolloutWorld(),
      order(),
      changed,
    );
  });

  it('when its servers are not well in time', async () => {
    const world = new RolloutWorld({ broken: NEW.id });
    await goesBack('servers: expected 1 healthy within 300 s, got 0', world, order());
    expect(world.weightsSet).toEqual([]);
  });

  it('when a refresh gets no further in time', async () => {
    const plan = { strategy: 'rolling', steps: [100] } as const;
    const world = new RolloutWorld({ broken: NEW.id });
    await goesBack('servers: expected progress within 320 s, got none after 0 %', world, order({}, plan));
  });

  it('when its servers fail the smoke test, before any visitor sees them', async () => {
    const world = new RolloutWorld({ smoke: () => ({ service: 'backend', reason: '/health: expected 200, got 503' }) });
    await goesBack('smoke test: /health: expected 200, got 503', world, order());
    expect(world.weightsSet).toEqual([]);
  });

  it('when the smoke test could not be run', async () => {
    const world = new RolloutWorld({ smoke: () => ({ Error: 'Lambda.TooManyRequestsException', Cause: 'busy' }) });
    await goesBack('smoke test: Lambda.TooManyRequestsException: busy', world, order());
  });

  it('when all of its servers are gone', async () => {
    const gone = once('bake', (world) => {
      world.group('green').servers = [{ release: NEW.id, healthyAt: Number.POSITIVE_INFINITY }];
    });
    const world = new RolloutWorld();
    const output = await run(world, order(), gone);
    expect(output.reason).toBe('servers: expected healthy ones of the new release, got none');
    expect(summary(world)).toMatchObject(BACK);
  });

  const FINE: Figures = { requests: 1000, errors: 1, p95: 0.2 };
  const compared = (canary: Partial<Figures>, baseline: Partial<Figures> = {}) => {
    const world = new RolloutWorld();
    world.part().figures = { canary: { ...FINE, ...canary }, baseline: { ...FINE, ...baseline } };
    return world;
  };

  it('when it fails more of its requests than the other release, by points', async () => {
    await goesBack('errors: expected at most 1.1 % of the requests, got 2.0 %', compared({ errors: 20 }), order());
  });

  it('when its p95 is more than so many times the other release its', async () => {
    await goesBack('latency: expected a p95 of at most 0.300 s, got 0.310 s', compared({ p95: 0.31 }), order());
  });

  it.each([
    ['it is as good as the other', compared({})],
    ['both fail as much', compared({ errors: 300 }, { errors: 300 })],
    ['few requests say nothing', compared({ requests: 19, errors: 19 })],
    ['it is slower and still quick', compared({ p95: 0.09 }, { p95: 0.01 })],
    ['the other one had too few requests to say what is slow', compared({ p95: 3 }, { requests: 3, errors: 0 })],
  ])('and not when %s', async (_, world) => {
    expect(await run(world, order())).toMatchObject({ next: 'done' });
  });
});

it('what rang before it began does not stop it: it may be the cure', async () => {
  const world = new RolloutWorld();
  world.part().firing = ['LatencyHigh'];
  expect(await run(world, order())).toMatchObject({ next: 'done' });
});

it('requests go back before anybody is told', async () => {
  const world = new RolloutWorld();
  const { tell } = world;
  const weights: unknown[] = [];
  world.tell = async (what) => {
    if (what.includes('goes back')) weights.push(world.part().weights);
    await tell(what);
  };
  await run(
    world,
    order(),
    once('bake', (now) => now.part().firing.push('LatencyHigh')),
  );
  expect(weights).toEqual([{ blue: 100, green: 0 }]);
});

it('a way back that fails by itself calls a person, and goes on when it is resumed', async () => {
  const world = new RolloutWorld({ services: ['workers'] });
  const input = order({ services: ['workers'] });
  const first = await run(world, input, (now) => {
    const { refresh } = now.group('blue', 'workers');
    if (phaseOf(now, 'workers') === 'bake') now.part('workers').firing = ['NoWorker'];
    if (refresh && now.part('workers').state.rollout?.back === refresh.id) refresh.status = 'Failed';
  });
  expect(first).toMatchObject({
    error: 'Stuck',
    reason: 'workers: expected the servers to be replaced by release old again, got Failed',
  });
  expect(await run(world, input)).toMatchObject({ error: 'RolledBack' });
  expect(summary(world, 'workers')).toMatchObject({ releases: [OLD.id], outcome: 'rolled back' });
});

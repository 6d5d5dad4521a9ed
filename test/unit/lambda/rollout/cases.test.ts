/** What makes a rollout go back, wait or be refused, and how many servers it has on the way: one case each, in a model world. */
import { lookOnce } from '../../../../lambda/rollout/machine';
import type { Figures } from '../../../../lambda/rollout/seen';
import type { Phase } from '../../../../lambda/rollout/state';
import { run, servicesOf, summary } from '../../../support/rollout-run';
import { NEW, OLD, order, PLAN, RolloutWorld } from '../../../support/rollout-world';

const BACK = { active: 'blue', weights: { blue: 100, green: 0 }, resting: [0, 0, 0], outcome: 'rolled back' };
const OUT = { outcome: 'released', releases: [NEW.id], resting: [0, 0, 0] };
const phaseOf = (world: RolloutWorld, name = 'backend'): Phase | undefined => world.part(name).state.rollout?.phase;

/** Does something once, when the rollout is there. */
const once = (phase: Phase, does: (world: RolloutWorld) => void, step = 0) => {
  let done = false;
  return (world: RolloutWorld) => {
    const { rollout } = world.part().state;
    if (done || rollout?.phase !== phase || rollout.step !== step || rollout.moving) return;
    done = true;
    does(world);
  };
};

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

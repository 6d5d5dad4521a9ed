/** When a failover is refused, waits, or asks a person; and faults that come while it is under way. */
import { decide } from '../../../../lambda/failover/decide';
import { caughtUp, lossSeconds } from '../../../../lambda/failover/lag';
import { foresee } from '../../../../lib/commands/failover/foresee';
import { order, PLACES } from '../../../support/failover-places';
import { run, summary } from '../../../support/failover-run';
import { dies, FailoverWorld, type Interruption } from '../../../support/failover-world';

jest.setTimeout(60_000);

const seen = async (world: FailoverWorld, input = order('second')) => ({ ...(await world.look(input)), since: {} });

describe('over', () => {
  it('is refused with the first region well, and says how a planned switch goes', async () => {
    const world = new FailoverWorld();
    const output = await run(world, order('second'));
    expect(output).toMatchObject({ next: 'failed', error: 'Refused' });
    expect(output.reason).toMatch(
      /^eu-west-1: expected to be down, got answers of https:\/\/first, and data available; .*--force$/,
    );
    expect([world.acts, world.said]).toEqual([[], []]);
  });

  it('is refused with more to lose than allowed, until it is forced', async () => {
    const world = new FailoverWorld({ lag: 300 });
    world.pass(300);
    world.lose('gone');
    const refused = await run(world, order('second'));
    expect(refused.reason).toMatch(
      /^lag: expected at most 210 s of writes to lose, got \d+ s; wait, or give them up with --force$/,
    );
    expect(world.acts).toEqual([]);
    expect(await run(world, order('second', { force: true }))).toMatchObject({ next: 'done' });
    expect(world.lost('second')).toBeGreaterThan(60);
  });

  it('is refused where nobody knows what would be lost', async () => {
    const world = new FailoverWorld();
    world.lose('gone');
    const unknown = { ...(await seen(world)), replication: { lag: [], behind: [] } };
    expect(decide(order('second'), PLACES, unknown)).toMatchObject({ end: 'refused', actions: [] });
    expect(decide(order('second'), PLACES, unknown).said).toContain('got no figure');
  });

  it('an hour after the end of the first region is still allowed: its lag grows, what is lost does not', async () => {
    const world = new FailoverWorld();
    world.lose('gone');
    world.pass(3600);
    expect((await seen(world)).replication.lag.at(-1)?.value).toBeGreaterThan(3500);
    expect(await run(world, order('second'))).toMatchObject({ next: 'done' });
    expect(world.lost('second')).toBeLessThan(60);
  });

  it('to a region that is neither is refused', async () => {
    const world = new FailoverWorld();
    const output = await run(world, order('second', { to: 'us-west-2' }));
    expect(output).toMatchObject({ error: 'Refused', reason: 'to: expected eu-west-1 or eu-central-1, got us-west-2' });
  });

  it('is refused with the copy in a state from which only a person brings it back', async () => {
    const world = new FailoverWorld();
    world.lose('gone');
    world.database('second').status = 'stopped';
    const { error, reason } = await run(world, order('second', { force: true }));
    expect([error, reason, world.acts]).toEqual([
      'Refused',
      'away: expected it to be available, got stopped; mend it in RDS in eu-central-1, then come again',
      [],
    ]);
  });

  it('begins while RDS optimises the storage of the copy, which may take a day', async () => {
    const world = new FailoverWorld();
    world.lose('gone');
    const busy = await seen(world);
    const databases = { away: { status: 'storage-optimization', created: 1, follows: 'data' } };
    const input = order('second', { force: true });
    const plan = foresee(input, PLACES, { ...busy, second: { ...busy.second, databases } });
    expect(plan.steps).toContain('promote away');
    expect(plan.steps.join()).not.toContain('storage-optimization');
  });

  it('is refused while another one is under way', async () => {
    const world = new FailoverWorld();
    const others = { ...(await seen(world)), others: ['eu-west-1_bob'] };
    expect(decide(order('second', { force: true }), PLACES, others).said).toMatch(/^eu-west-1_bob: expected no other/);
  });

  it('planned ends for a person when the copy never catches up, and can be taken back', async () => {
    const world = new FailoverWorld({ lag: 4000 });
    const output = await run(world, order('second', { force: true }));
    expect(output).toMatchObject({ error: 'Stuck' });
    expect(world.acts.map(({ kind }) => kind)).not.toContain('promote');
    expect(await run(world, order('first'))).toMatchObject({ next: 'done' });
    expect(summary(world)).toMatchObject({ fence: false, second: ['away copies'] });
    const before = world.acknowledged.length;
    world.pass(60);
    expect(world.acknowledged.length).toBe(before + 60);
    expect(world.wrong).toEqual([]);
  });

  it('ends for a person where the first database hangs, whom RDS takes for available; and gives it up when forced', async () => {
    const world = new FailoverWorld();
    world.lose('hung');
    const { error, reason } = await run(world, order('second'));
    expect(error).toBe('Stuck');
    expect(reason).toMatch(/^data: expected it to become read-only, got applying and no answer .* --resume --force$/);
    const began = world.time;
    expect(await run(world, order('second', { force: true }), true)).toMatchObject({ next: 'done' });
    expect(world.time - began).toBeLessThan(10 * 60_000);
    expect(summary(world)).toMatchObject({ fence: true, second: ['away'], tells: true });
    world.regain();
    world.pass(60);
    expect([world.wrong, world.lost('second') < 10]).toEqual([[], true]);
  });

  it('makes the old database read-only when it is called again after the first region is back', async () => {
    const world = new FailoverWorld();
    world.lose('gone');
    const { said } = await run(world, order('second'));
    expect(said).toContain("eu-west-1 didn't answer: run this again when it does");
    world.regain();
    expect(await run(world, order('second'))).toMatchObject({ next: 'done', said: 'eu-central-1 writes' });
    expect(world.regions.first.readOnly.value).toBe(true);
  });
});

describe('back', () => {
  const away = async () => {
    const world = new FailoverWorld();
    world.lose('gone');
    await run(world, order('second'));
    return world;
  };

  it('is refused while the first region is silent', async () => {
    const world = await away();
    expect((await run(world, order('first'))).reason).toMatch(/^eu-west-1: expected answers of RDS there, got none/);
  });

  it('is refused before anything is touched where a name of what is to be put aside is taken', async () => {
    const world = await away();
    world.regain();
    await run(world, order('first'));
    world.lose('gone');
    await run(world, order('second'));
    world.regain();
    const acts = world.acts.length;
    expect((await run(world, order('first'))).reason).toMatch(
      /-before: expected no database of that name, got what was put aside last time/,
    );
    expect(world.acts.length).toBe(acts);
  });

  it.each(['stopped', 'failed'])('ends for a person where the old database is %s', async (status) => {
    const world = await away();
    world.regain();
    world.database('first').status = status;
    const { error, reason } = await run(world, order('first'));
    expect(error).toBe('Stuck');
    expect(reason).toBe(`data: expected it to be available, got ${status}; mend it in RDS, then --resume`);
  });

  it('lets visitors write while the first backup of the returned database is made', async () => {
    const world = await away();
    world.regain();
    world.given = { backup: 7200 };
    await run(world, order('first'));
    const gaps = world.acknowledged.map(({ at }, index, all) => at - (all[index - 1]?.at ?? at));
    expect(Math.max(...gaps)).toBeLessThan(15 * 60_000);
  });

  it('takes the second region’s database only when nobody can be there any more', async () => {
    const world = await away();
    world.regain();
    const before = world.unread;
    await run(world, order('first'));
    expect(world.unread - before).toBe(0);
  });

  it('names all that is left over, and deletes nothing', async () => {
    const world = await away();
    world.regain();
    const { said } = await run(world, order('first'));
    expect(said).toBe(
      'eu-west-1 writes; left over: data-before in eu-west-1, data-r1-before in eu-west-1, data-r2-before in eu-west-1, away-before in eu-central-1',
    );
  });
});

describe('what may be lost', () => {
  const at = (minute: number, value: number) => ({ at: 60_000 * minute, value });

  it('of a writer that is well is the lag itself, if it is fresh', () => {
    const known = { lag: [at(1, 5), at(2, 7)], behind: [] };
    expect(lossSeconds(known, 60_000 * 3, false)).toBe(7);
    expect(lossSeconds(known, 60_000 * 30, false)).toBeUndefined();
  });

  it('of a silent one is counted from what the copy repeated last to when it was last found well', () => {
    const known = { lag: [at(10, 4), at(11, 64), at(60, 3004)], behind: [] };
    expect(lossSeconds({ ...known, wellAt: 60_000 * 9 }, 60_000 * 60, true)).toBe(4);
    expect(lossSeconds(known, 60_000 * 60, true)).toBe(3004);
  });

  it('is nothing once the copy has repeated, or got, what came after the last write', () => {
    const since = 60_000 * 10;
    expect(caughtUp({ lag: [at(13, 200)], behind: [at(13, 1)] }, since)).toBe(false);
    expect(caughtUp({ lag: [at(13, 30)], behind: [] }, since)).toBe(true);
    expect(caughtUp({ lag: [], behind: [at(10, 0)] }, since)).toBe(false);
    expect(caughtUp({ lag: [], behind: [at(12, 0)] }, since)).toBe(true);
    expect(caughtUp({ lag: [at(13, 0)], behind: [] }, undefined)).toBe(false);
  });
});

describe('the plan', () => {
  it.each([
    ['over', 'second' as const],
    ['back', 'first' as const],
  ])('%s is what the machine then does, in its order, and does nothing', async (_, to) => {
    const world = new FailoverWorld();
    if (to === 'first') await run(world, order('second', { force: true }));
    const input = order(to, { force: true });
    const before = world.acts.length;
    const plan = foresee(input, PLACES, await seen(world, input));
    expect([plan.end, world.acts.length]).toEqual(['done', before]);
    await run(world, input);
    const kinds = [...new Set(world.acts.slice(before).map((action) => JSON.stringify(action)))];
    const done = plan.steps.filter((step) => !step.startsWith('wait '));
    expect(done).toHaveLength(kinds.length);
    expect(done[0]).toMatch(to === 'second' ? /^fence up/ : /^put data-r1 aside/);
  });
});

it('visitors never write in both regions, wherever regions go and come back and machines die', async () => {
  let seed = 7;
  const random = (most: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % most;
  };
  const happenings: readonly Interruption['happens'][] = [
    dies,
    (world) => world.lose('gone'),
    (world) => world.lose('cut'),
    (world) => world.regain(),
    (world) => world.regain(),
  ];
  for (let round = 0; round < 60; round++) {
    const interruptions = Array.from({ length: 6 }, () => ({
      at: random(160),
      when: random(2) ? ('before' as const) : ('after' as const),
      happens: happenings[random(happenings.length)] ?? dies,
    }));
    const world = new FailoverWorld({ interruptions });
    for (const to of ['second', 'first', 'second', 'first'] as const) {
      await run(world, order(to, { force: random(2) === 1 })).catch(() => undefined); // a region that is gone throws
      world.regain();
      world.pass(60 * random(10));
    }
    expect({ round, wrong: world.wrong }).toEqual({ round, wrong: [] });
  }
});

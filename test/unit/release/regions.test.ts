/** What a release does where a second region waits: order, silence, and what its servers may never run. Services are played by the test. */
import { type ReleaseOptions, releaseOptions } from '../../../lib/commands/release/options';
import type { Event } from '../../../lib/commands/release/progress';
import type { Task } from '../../../lib/commands/release/task';
import { forward, lookAtLast, resume, rollback } from '../../../lib/commands/release/tasks';
import { catchUp } from '../../../lib/commands/release/waiting';
import { environment } from '../../../lib/config';
import { archived, ends, FakeFleets, PLAN, rolloutOf, stateOf } from '../../support/fleets';

const SITE = { 'site/index.html': '<p>', 'backend/server.js': '' };
const FIRST = { 'backend/migrations/0001.sql': 'create table a (id bigint, b text);' };
const AWAY = 'eu-central-1';
type Archived = Awaited<ReturnType<typeof archived>>;
let old: Archived;
let next: Archived;
let fleets: FakeFleets;
let away: FakeFleets;
/** Of both regions, in order. */
let log: string[];
let events: Event[];

const released = (from: Archived, to: Archived) =>
  ends('released')(stateOf(from.release), { id: 'x', services: [], release: to.release, plan: PLAN });

beforeAll(async () => {
  old = await archived({ ...SITE, ...FIRST });
  next = await archived({ ...SITE, ...FIRST, 'site/new.js': '1' });
});
beforeEach(() => {
  log = [];
  events = [];
  const region = (name: string) => {
    const made = new FakeFleets();
    made.archives.set(old.release.id, old.archive);
    made.stored.set('backend', stateOf(old.release));
    made.log.push = (...lines) => log.push(...lines.map((line) => `${name} ${line}`));
    return made;
  };
  fleets = region('first');
  away = region('second');
  for (const each of [fleets, away]) each.moves = [(state) => state, ends('released')];
});

function task(words: readonly string[] = [], more: Partial<Task> = {}, built = next): Task {
  return {
    config: environment('prod'),
    fleets,
    waiting: { region: AWAY, fleets: away },
    services: ['backend'],
    options: releaseOptions(words) as ReleaseOptions,
    who: 'jane',
    say: (event) => events.push(event),
    publishSite: async (id, _, tolerant) => {
      log.push(`site ${id}${tolerant ? ', copies as they can' : ''}`);
      return 'published';
    },
    built: () => ({
      built,
      origin: {
        release: built.release,
        bytes: built.archive.length,
        source: { commit: 'c'.repeat(40), dirty: false },
        node: 'v24.0.0',
        lockfile: 'd'.repeat(64),
        builder: { id: 'urn:test', invocation: 'jane' },
        builtAt: new Date(0),
      },
    }),
    lookMs: 1,
    ...more,
  };
}

const SILENT = { region: AWAY, silent: 'TimeoutError: no answer within 3 s' };
const liveIn = ({ stored }: FakeFleets) => {
  const { active, fleets: of } = stored.get('backend') ?? stateOf(old.release);
  return of[active]?.id;
};

describe('a release with a region that waits', () => {
  it('comes to the one in use and its site first, then to the other one, in place and watched for boot alone', async () => {
    expect(await forward(task())).toBe(0);
    const { id } = next.release;
    expect(log).toEqual([
      'first put archive',
      'first put manifest',
      `first start ${id}`,
      `site ${id}`,
      'second put archive',
      'second put manifest',
      `second start ${id}`,
    ]);
    expect(fleets.started[0]?.input.plan.strategy).toBe('canary');
    expect(away.started[0]?.input.plan).toMatchObject({ strategy: 'rolling', steps: [100], bakeSeconds: 0 });
  });

  it('shows both, the other one by its name', async () => {
    await forward(task());
    const shown = events.filter(({ region }) => region === AWAY);
    expect(shown.map(({ event }) => event)).toEqual(['started', 'step', 'end']);
    expect(shown.every(({ text }) => text.startsWith(`${AWAY}: `))).toBe(true);
  });

  it('that goes back in the one in use never comes to the other one', async () => {
    fleets.moves = [(state) => state, ends('rolled back', 'errors')];
    expect(await forward(task())).toBe(1);
    expect(log.filter((line) => line.startsWith('second'))).toEqual([]);
  });

  it('is out though the other one is silent, which is told with its mend and code 3', async () => {
    expect(await forward(task([], { waiting: SILENT }))).toBe(3);
    expect(liveIn(fleets)).toBe(next.release.id);
    expect(log).toContain(`site ${next.release.id}, copies as they can`);
    expect(events.at(-1)).toMatchObject({
      event: 'warning',
      region: AWAY,
      text: expect.stringMatching(
        /^eu-central-1: expected it to follow to \w+, got TimeoutError: .*: npm run release -- --env prod --region eu-central-1$/,
      ),
    });
  });

  it('is out though the other one goes back, or fails half-way', async () => {
    away.moves = [(state) => state, ends('rolled back', 'servers: expected 1 healthy')];
    expect(await forward(task())).toBe(3);
    expect(events.at(-1)?.reason).toBe('backend: servers: expected 1 healthy');
    away.put = async () => {
      throw new Error('connect ETIMEDOUT');
    };
    fleets.moves = [(state) => state, ends('released')];
    expect(await forward(task([], {}, await archived({ ...SITE, ...FIRST, 'site/newer.js': '2' })))).toBe(3);
    expect(events.at(-1)?.reason).toBe('connect ETIMEDOUT');
  });

  it('goes back in both', async () => {
    for (const each of [fleets, away]) {
      each.archives.set(next.release.id, next.archive);
      each.stored.set('backend', released(old, next));
    }
    expect(await rollback(task(['--rollback']))).toBe(0);
    expect([liveIn(fleets), liveIn(away)]).toEqual([old.release.id, old.release.id]);
    expect(log.map((line) => line.split(' ')[0])).toEqual(['site', 'first', 'second']);
  });
});

describe('a region that was left behind', () => {
  beforeEach(() => {
    fleets.archives.set(next.release.id, next.archive);
    fleets.manifests.set(next.release.id, '{}');
    fleets.stored.set('backend', released(old, next));
  });

  it.each([
    ['by --region', catchUp, []],
    ['by --resume', resume, ['--resume']],
  ] as const)('is brought up to what is live, from its own archive, %s', async (_, does, words) => {
    fleets.executions.set('x', {
      input: { id: 'x', services: [], release: next.release, plan: PLAN },
      status: 'RUNNING',
    });
    expect(await does(task(words))).toBe(0);
    expect(liveIn(away)).toBe(next.release.id);
    expect(log).toEqual(['second put archive', 'second put manifest', `second start ${next.release.id}`]);
  });

  it('is brought up by who looks on to the end, too', async () => {
    fleets.executions.set('x', {
      input: { id: 'x', services: ['backend'], release: next.release, plan: PLAN },
      status: 'SUCCEEDED',
    });
    expect(await lookAtLast(task(['--watch']))).toBe(0);
    expect(liveIn(away)).toBe(next.release.id);
  });

  it('whose machine was stopped goes on', async () => {
    const input = { id: 'y', services: ['backend'], release: next.release, plan: PLAN };
    away.executions.set('y', { input, status: 'ABORTED' });
    away.stored.set('backend', { ...stateOf(old.release), rollout: rolloutOf(input, old.release) });
    expect(await catchUp(task())).toBe(0);
    expect(away.started.map(({ name }) => name)).toEqual([expect.stringMatching(/^y_again_/)]);
    expect(liveIn(away)).toBe(next.release.id);
  });

  it('that has the release already is left alone', async () => {
    away.archives.set(next.release.id, next.archive);
    away.stored.set('backend', released(old, next));
    expect(await catchUp(task())).toBe(0);
    expect(away.started).toEqual([]);
  });
});

describe('servers that wait never have a release that the schema has no place for', () => {
  let taking: Archived;
  beforeAll(async () => {
    const sql = `-- contract: since ${next.release.id}, nothing reads b\nalter table a drop column b;`;
    taking = await archived({ ...SITE, ...FIRST, 'backend/migrations/0002.sql': sql });
  });
  beforeEach(() => {
    for (const each of [fleets, away]) each.archives.set(next.release.id, next.archive);
    fleets.stored.set('backend', released(old, next));
  });

  it('so what takes something away is refused while they have an older one', async () => {
    await expect(forward(task([], {}, taking))).rejects.toThrow(
      /^eu-central-1: \w+: expected a release from \w+ on, got an older one, .* 0002\.sql took away; bring it up first: npm run release -- --env prod --region eu-central-1$/,
    );
    expect(log).toEqual([]);
  });

  it('and while some of them may still have it', async () => {
    const input = { id: 'y', services: ['backend'], release: next.release, plan: PLAN };
    away.stored.set('backend', { ...stateOf(next.release), rollout: rolloutOf(input, old.release) });
    await expect(forward(task([], {}, taking))).rejects.toThrow('got an older one');
  });

  it('and while nobody can see what they have', async () => {
    await expect(forward(task([], { waiting: SILENT }, taking))).rejects.toThrow(
      /^eu-central-1: expected to see which release its servers have, since 0002\.sql takes something away, got TimeoutError/,
    );
  });

  it('and it comes once they have caught up', async () => {
    away.stored.set('backend', released(old, next));
    expect(await forward(task([], {}, taking))).toBe(0);
    expect([liveIn(fleets), liveIn(away)]).toEqual([taking.release.id, taking.release.id]);
  });
});

/** What `npm run release` does and refuses, with services that a test plays. */
import type { RolloutInput } from '../../../lambda/rollout/state';
import { type ReleaseOptions, releaseOptions } from '../../../lib/commands/release/options';
import { deployed } from '../../../lib/commands/release/plan';
import type { Event } from '../../../lib/commands/release/progress';
import type { Origin } from '../../../lib/commands/release/provenance';
import type { Task } from '../../../lib/commands/release/task';
import { forward, lookAtLast, resume, rollback } from '../../../lib/commands/release/tasks';
import { environment } from '../../../lib/config';
import { servicesOf } from '../../../lib/config/releases';
import { archived, ends, FakeFleets, type Move, PLAN, rolloutOf, stateOf } from '../../support/fleets';
import { WITH_SERVICES } from '../../support/services';

const SITE = { 'site/index.html': '<p>', 'backend/server.js': '' };
type Archived = Awaited<ReturnType<typeof archived>>;
let old: Archived;
let next: Archived;
let fleets: FakeFleets;
let events: Event[];

beforeAll(async () => {
  old = await archived({ ...SITE, 'backend/migrations/0001.sql': 'create table a (id bigint, b text);' });
  next = await archived({
    ...SITE,
    'site/new.js': '1',
    'backend/migrations/0001.sql': 'create table a (id bigint, b text);',
  });
});
beforeEach(() => {
  fleets = new FakeFleets();
  fleets.archives.set(old.release.id, old.archive);
  fleets.stored.set('backend', stateOf(old.release));
  events = [];
});

const said = () => events.map(({ text }) => text).join('\n');

function task(words: readonly string[] = [], more: Partial<Task> = {}, built = next, dirty = false): Task {
  const origin: Origin = {
    release: built.release,
    bytes: built.archive.length,
    source: { commit: 'c'.repeat(40), dirty },
    node: 'v24.0.0',
    lockfile: 'd'.repeat(64),
    builder: { id: 'urn:test', invocation: 'jane' },
    builtAt: new Date(0),
  };
  return {
    config: environment('dev'),
    fleets,
    services: ['backend'],
    options: releaseOptions(words) as ReleaseOptions,
    who: 'jane@example.com',
    say: (event) => events.push(event),
    publishSite: async (id) => {
      fleets.log.push(`site ${id}`);
      return 'published';
    },
    built: () => ({ built, origin }),
    lookMs: 1,
    ...more,
  };
}

const moves: Record<string, Move> = {
  boot: (state, input) => ({ ...state, rollout: rolloutOf(input, old.release) }),
  five: (state, input) => ({
    ...state,
    weights: { blue: 95, green: 5 },
    rollout: rolloutOf(input, old.release, { phase: 'bake', step: 0 }),
  }),
  back: (state, input) => ({
    ...state,
    weights: { blue: 100, green: 0 },
    rollout: rolloutOf(input, old.release, { phase: 'back', step: 0, reason: 'errors' }),
  }),
};
const of = (...names: readonly string[]) => names.map((name) => moves[name] as Move);
/** A rollout that is under way: who began it, and where it is. */
function underWay(name: string) {
  const input: RolloutInput = {
    id: `${next.release.id}_20261128101500_bob`,
    services: ['backend'],
    release: next.release,
    plan: PLAN,
  };
  fleets.executions.set(input.id, { input, status: 'RUNNING' });
  fleets.archives.set(next.release.id, next.archive);
  fleets.stored.set('backend', (moves[name] as Move)(stateOf(old.release), input));
  return input;
}

describe('a release', () => {
  it('stores the archive, moves the servers, then publishes the site', async () => {
    fleets.moves = [(state) => state, ...of('boot', 'five'), ends('released')];
    expect(await forward(task())).toBe(0);
    expect(fleets.log).toEqual(['put archive', 'put manifest', `start ${next.release.id}`, `site ${next.release.id}`]);
    expect(fleets.started[0]?.input).toMatchObject({ services: ['backend'], release: next.release });
    expect(fleets.started[0]?.name).toMatch(/^\w{12}_\d{14}_jane-example-com$/);
  });

  it('shows step, share, time left and alarms', async () => {
    fleets.moves = [(state) => state, ...of('boot', 'five'), ends('released')];
    await forward(task());
    expect(events.filter(({ event }) => event === 'step')).toMatchObject([
      { service: 'backend', phase: 'boot', percent: 0 },
      { service: 'backend', phase: 'bake', percent: 5, alarms: ['Holdfast-dev-Backend-LatencyHigh'] },
      { service: 'backend', phase: 'keep', percent: 100 },
    ]);
    expect(said()).toMatch(
      /5 % of the requests, watched for \d+ \w+; at most \d+ min left; in alarm: Holdfast-dev-Backend-LatencyHigh$/m,
    );
  });

  it('that goes back ends with its reason and code 1, and leaves the site alone', async () => {
    fleets.moves = [(state) => state, ...of('boot', 'five', 'back'), ends('rolled back', 'errors: 9 % of 100')];
    expect(await forward(task())).toBe(1);
    expect(fleets.log.at(-1)).toBe(`start ${next.release.id}`);
    expect(said()).toContain(`${next.release.id} was rolled back: backend: errors: 9 % of 100`);
  });

  it('of what is live already moves no server, and publishes its site', async () => {
    expect(await forward(task([], {}, old))).toBe(0);
    expect(fleets.log).toEqual(['put manifest', `site ${old.release.id}`]);
  });

  it('of changed files warns, and its manifest says so', async () => {
    fleets.moves = [(state) => state, ends('released')];
    await forward(task([], {}, next, true));
    expect(said()).toContain('warning: files differ from commit cccc');
    expect(JSON.parse(fleets.manifests.get(next.release.id) ?? '')).toMatchObject({
      predicate: { buildDefinition: { internalParameters: { dirty: true } } },
    });
  });

  it('is refused while a rollout is under way, whose it is being told', async () => {
    underWay('five');
    await expect(forward(task())).rejects.toThrow(
      /^backend: expected no rollout under way, got that of release \w+ \(bake\); see its end by: npm run release -- --env dev --watch; it was begun by bob at 20/,
    );
    expect(fleets.log).toEqual([]);
  });

  it('is refused where nothing is deployed', async () => {
    fleets.stored.clear();
    await expect(forward(task())).rejects.toThrow(
      'expected the state of a deployed service, got none; deploy dev first',
    );
  });

  it('is refused where the bucket has other bytes under its id', async () => {
    fleets.archives.set(next.release.id, Buffer.from('tampered'));
    await expect(forward(task())).rejects.toThrow(
      `releases/${next.release.id}.tar: expected sha256 ${next.release.sha256}`,
    );
    expect(fleets.started).toEqual([]);
  });

  it('is refused where its migrations break the code that is live', async () => {
    const bad = await archived({
      ...SITE,
      'backend/migrations/0001.sql': 'create table a (id bigint, b text);',
      'backend/migrations/0002.sql': 'alter table a drop column b;',
    });
    await expect(forward(task([], {}, bad))).rejects.toThrow(
      /0002\.sql:1: Dropping a column may break existing clients/,
    );
    expect(fleets.log).toEqual([]);
  });

  it('whose execution fails before it begins says why', async () => {
    fleets.moves = [(state) => state];
    fleets.start = async (input) => {
      fleets.executions.set(input.id, { input, status: 'FAILED', cause: 'another rollout is under way' });
    };
    await expect(forward(task())).rejects.toThrow(
      /expected the rollout to begin, got FAILED: another rollout is under way/,
    );
  });

  it('with several services ends when the last one is released', async () => {
    fleets.stored.set('workers', stateOf(old.release));
    const later: Move = (state, input) =>
      state === fleets.stored.get('workers') ? ends('released')(state, input) : state;
    fleets.moves = [
      (state) => state,
      (state, input) => (state === fleets.stored.get('backend') ? ends('released')(state, input) : state),
      later,
    ];
    expect(await forward(task([], { services: ['backend', 'workers'] }))).toBe(0);
    expect(fleets.stored.get('workers')?.outcomes).toHaveLength(1);
  });
});

describe('a rollback', () => {
  const released = () => {
    fleets.archives.set(next.release.id, next.archive);
    fleets.stored.set(
      'backend',
      ends('released')(stateOf(old.release), { id: 'x', services: [], release: next.release, plan: PLAN }),
    );
  };

  it('brings the site back first, then the servers', async () => {
    released();
    fleets.moves = [(state) => state, ends('released')];
    expect(await rollback(task(['--rollback']))).toBe(0);
    expect(fleets.log).toEqual([`site ${old.release.id}`, `start ${old.release.id}`]);
    expect(fleets.started[0]?.input.plan).toMatchObject({ strategy: 'blue-green', steps: [100] });
  });

  it('with nothing to go back to is a mistake of the caller', async () => {
    await expect(rollback(task(['--rollback']))).rejects.toThrow('--rollback: expected a release before');
  });

  it('to an unknown release names the nearest', async () => {
    released();
    await expect(rollback(task(['--rollback', old.release.id.slice(0, 8)]))).rejects.toThrow(
      new RegExp(`got '\\w{8}'; the nearest are ${old.release.id}`),
    );
  });

  it('of a rollout under way asks its machine for the way back', async () => {
    const input = underWay('five');
    fleets.started.push({ name: input.id, input });
    fleets.moves = [(state) => state, (state) => state, ends('rolled back', 'cancelled')];
    expect(await rollback(task(['--rollback']))).toBe(0);
    expect(fleets.started).toHaveLength(1);
    expect(said()).toContain('is asked to go back');
  });
});

describe('a rollout whose machine was killed', () => {
  it('is told of, with what brings it on', async () => {
    const input = underWay('five');
    fleets.executions.set(input.id, { input, status: 'ABORTED' });
    await expect(lookAtLast(task(['--watch']))).rejects.toThrow(
      /expected its machine to run, got ABORTED; nothing moves now, go on with: npm run release -- --env dev --resume/,
    );
  });

  it('goes on under another name, with the same input, and its site follows', async () => {
    const input = underWay('five');
    fleets.executions.set(input.id, { input, status: 'ABORTED' });
    fleets.moves = [ends('released')];
    expect(await resume(task(['--resume']))).toBe(0);
    expect(fleets.started).toEqual([{ name: expect.stringMatching(/_bob_again_\w+$/), input }]);
    expect(fleets.log.at(-1)).toBe(`site ${next.release.id}`);
  });

  it('goes back at once where that is asked for: its machine is started again', async () => {
    const input = underWay('five');
    fleets.executions.set(input.id, { input, status: 'ABORTED' });
    fleets.moves = [ends('rolled back', 'cancelled')];
    expect(await rollback(task(['--rollback']))).toBe(0);
    expect(fleets.started).toEqual([{ name: expect.stringMatching(/_bob_again_\w+$/), input }]);
  });

  it('is not begun a second time while a machine moves it', async () => {
    underWay('five');
    await expect(resume(task(['--resume']))).rejects.toThrow('whose machine runs');
  });
});

describe('what a release reaches', () => {
  it('is the backend, then services with servers of their own, then the workers', () => {
    expect(servicesOf(WITH_SERVICES)).toEqual(['backend', 'search', 'back-office', 'workers']);
    expect(servicesOf(environment('dev'))).toEqual(['backend']);
  });

  it('is not a service that is configured and not deployed yet: it begins with what the backend has', () => {
    for (const workers of [stateOf(old.release), undefined])
      expect(deployed(['backend', 'search', 'workers'], new Map([['workers', workers]]))).toEqual([
        'backend',
        'workers',
      ]);
  });
});

it('looking at the last rollout tells how it ended', async () => {
  const input = underWay('five');
  fleets.executions.set(input.id, { input, status: 'SUCCEEDED' });
  fleets.stored.set('backend', ends('rolled back', 'slow')(stateOf(old.release), input));
  expect(await lookAtLast(task(['--watch']))).toBe(1);
  expect(said()).toContain('was rolled back: backend: slow');
});

/** Plans of releases: what is written, kept and removed, from what a bucket remembers. */
import type { File } from '../../../../lambda/release-publisher/files/file';
import { headersOf } from '../../../../lambda/release-publisher/files/headers';
import { keptReleases, type Memory, plan, type Wishes } from '../../../../lambda/release-publisher/plan';
import { decode, encode, filesOf, pack, type Record } from '../../../../lambda/release-publisher/record';

const file = (path: string, text = path): File => ({
  path,
  size: text.length,
  hash: `hash of ${text}`,
  ...headersOf(path),
});
const site = (version: string, ...more: readonly string[]): readonly File[] =>
  [`assets/app-${version.repeat(4)}1a2b.js`, ...more]
    .map((path) => file(path))
    .concat(file('index.html', `page ${version}`));

const NOTHING: Memory = { unfinished: [], interrupted: false, strangers: new Set(), kept: [] };

const recordOf = (memory: Memory, files: readonly File[], wishes: Wishes = {}, now = 0): Record => {
  const planned = plan(memory, files, wishes, now);
  if (!planned) throw new Error('expected a plan');
  return { ...planned.record, nonce: 'n', contents: new Map(), copies: [] };
};

/** A bucket after these releases, a second apart. */
const bucketAfter = (releases: readonly (readonly File[])[], wishes: Wishes = {}): Memory =>
  releases.reduce<Memory>(
    (memory, files, index) => ({ ...NOTHING, base: recordOf(memory, files, wishes, index * 1000) }),
    NOTHING,
  );

const paths = (found: readonly { readonly path: string }[] | undefined) => found?.map(({ path }) => path);

describe('a first release', () => {
  const files = [...site('a', 'robots.txt', 'about.html')];

  it('writes everything in order and removes nothing', () => {
    const planned = plan(NOTHING, files, {}, 0);
    expect(paths(planned?.writes)).toEqual(['assets/app-aaaa1a2b.js', 'robots.txt', 'about.html', 'index.html']);
    expect(planned?.removes).toEqual([]);
  });

  it('invalidates nothing, but what a stranger left under the same name', () => {
    expect(plan(NOTHING, files, {}, 0)?.invalidate).toEqual([]);
    expect(plan({ ...NOTHING, strangers: new Set(['index.html', 'other.html']) }, files, {}, 0)?.invalidate).toEqual([
      '/index.html',
    ]);
  });
});

describe('a second release', () => {
  const memory = bucketAfter([site('a', 'robots.txt')]);

  it('is none when nothing changed', () => {
    expect(plan(memory, site('a', 'robots.txt'), {}, 1)).toBeUndefined();
  });

  it('writes only what changed, and keeps what it overwrites', () => {
    const planned = plan(memory, site('b', 'robots.txt'), {}, 1);
    expect(planned?.writes.map(({ path, existing }) => [path, existing])).toEqual([
      ['assets/app-bbbb1a2b.js', false],
      ['index.html', true],
    ]);
    expect(paths(planned?.saves)).toEqual(['index.html']);
    expect(planned?.skipped).toBe(1);
    expect(planned?.invalidate).toEqual(['/index.html']);
  });

  it('writes a file again whose headers changed', () => {
    const [asset, robots, page] = site('a', 'robots.txt') as [File, File, File];
    const planned = plan(memory, [asset, { ...robots, cacheControl: 'no-store' }, page], {}, 1);
    expect(paths(planned?.writes)).toEqual(['robots.txt']);
    expect(planned?.saves).toEqual([]);
  });

  it('is one of its own when files are only gone', () => {
    expect(plan(memory, site('a'), {}, 1)).toMatchObject({ writes: [], removes: [] });
  });
});

describe('pruning', () => {
  const files = ['a', 'b', 'c', 'd'].map((version) => site(version));

  it('removes what the last three releases do not use', () => {
    const memory = bucketAfter(files.slice(0, 3));
    expect(plan(memory, files[3] ?? [], {}, 9000)?.removes).toEqual(['assets/app-aaaa1a2b.js']);
  });

  it('keeps as many releases as are asked for', () => {
    const memory = bucketAfter(files.slice(0, 2), { keep: 1 });
    expect(plan(memory, files[2] ?? [], { keep: 1 }, 9000)?.removes).toEqual(['assets/app-bbbb1a2b.js']);
  });

  it('keeps what was current within the time asked for', () => {
    const memory = bucketAfter(files.slice(0, 3), { keep: 1, pruneAfterMs: 60_000 });
    expect(plan(memory, files[3] ?? [], { keep: 1, pruneAfterMs: 60_000 }, 4000)?.removes).toEqual([]);
    expect(plan(memory, files[3] ?? [], { keep: 1, pruneAfterMs: 2500 }, 4000)?.removes).toEqual([
      'assets/app-aaaa1a2b.js',
    ]);
  });

  it('happens without a change too, when it has become due', () => {
    const memory = bucketAfter(files.slice(0, 2), { keep: 1, pruneAfterMs: 60_000 });
    expect(plan(memory, files[1] ?? [], { keep: 1 }, 9000)).toMatchObject({
      writes: [],
      removes: ['assets/app-aaaa1a2b.js'],
    });
  });

  it('touches no key that is not its own', () => {
    const memory = { ...bucketAfter(files.slice(0, 1), { keep: 1 }), strangers: new Set(['theirs.txt']) };
    const planned = plan(memory, files[1] ?? [], { keep: 1 }, 9000);
    expect([...(planned?.removes ?? []), ...(planned?.record.files.keys() ?? [])]).not.toContain('theirs.txt');
  });

  it('counts a release that comes again once, as the newest', () => {
    const memory = bucketAfter([files[0] ?? [], files[1] ?? [], files[0] ?? []]);
    expect(memory.base?.releases.map(({ number }) => number)).toEqual([2, 3]);
  });
});

describe('after an interruption', () => {
  const base = bucketAfter([site('a', 'robots.txt')]);
  const interrupted = { ...base, interrupted: true, unfinished: [recordOf(base, site('b', 'robots.txt'))] };

  it('everything the interrupted run may have written is written again', () => {
    expect(paths(plan(interrupted, site('a', 'robots.txt'), {}, 1)?.writes)).toEqual(['index.html']);
    expect(paths(plan(interrupted, site('b', 'robots.txt'), {}, 1)?.writes)).toEqual([
      'assets/app-bbbb1a2b.js',
      'index.html',
    ]);
  });

  it('what it left behind is removed in time', () => {
    expect(plan(interrupted, site('a', 'robots.txt'), { keep: 1 }, 1)?.removes).toEqual(['assets/app-bbbb1a2b.js']);
  });

  it('nothing in doubt is kept for rollbacks', () => {
    expect(plan(interrupted, site('c', 'robots.txt'), {}, 1)?.saves).toEqual([]);
  });

  it('the next run has a number of its own', () => {
    expect(plan(interrupted, site('a'), {}, 1)?.record.number).toBe(3);
  });
});

describe('the kept releases', () => {
  const releases = [0, 10, 20].map((time, number) => ({ id: `${number}`, number, time }));

  it('are the last ones, and those that were current in the time asked for', () => {
    const ids = (keep: number, ms: number, now: number) => keptReleases(releases, keep, ms, now).map(({ id }) => id);
    expect(ids(2, 0, 30)).toEqual(['1', '2']);
    expect(ids(1, 15, 30)).toEqual(['1', '2']);
    expect(ids(1, 25, 30)).toEqual(['0', '1', '2']);
    expect(ids(1, 0, 30)).toEqual(['2']);
  });
});

it('a record survives being written and read', async () => {
  const contents = new Map([
    ['h1', Buffer.from('one')],
    ['h2', Buffer.from('')],
    ['h3', Buffer.from([10, 0, 255])],
  ]);
  const record = { ...recordOf(NOTHING, site('a', 'é "x"\n.txt')), origin: 'zip', contents };
  const packed = await Promise.all([...contents].map(async ([hash, body]) => [hash, await pack(body)] as const));
  const read = decode('key', encode({ ...record, contents: new Map(packed) }));
  expect(read).toEqual(record);
  expect(filesOf(read)).toHaveLength(3);
});

/** The publisher when things go wrong: killed, answered with errors, not answered, refused, or started twice. */
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bucket } from '../../lambda/release-publisher/bucket/bucket';
import { makeBucket, type S3, startS3 } from '../support/s3';
import { type Asked, type Fate, type S3Proxy, s3Proxy } from '../support/s3-proxy';
import { broken, build, makeSite, publishBy, spawnPublish, treeOf } from '../support/sites';

const STATE = '.holdfast/integration-publisher-faults';
const OLD = `${STATE}/old`;
const NEW = `${STATE}/new`;

let s3: S3;
let proxy: S3Proxy;
let bucket: Bucket;
let count = 0;

beforeAll(async () => {
  s3 = await startS3(STATE);
  proxy = await s3Proxy(s3.endpoint);
  makeSite(OLD, { ...build('old'), 'gone.txt': 'gone' });
  makeSite(NEW, build('new'));
});
afterAll(async () => {
  await proxy?.close();
  await s3?.stop();
});
beforeEach(async () => {
  bucket = await makeBucket(s3.endpoint, `faults-${count++}`);
  proxy.seen.length = 0;
  proxy.fate = () => 'pass';
  proxy.done = () => {};
});

const args = (source: string, ...more: readonly string[]) => [
  '--bucket',
  bucket.name,
  '--source',
  source,
  '--keep',
  '1',
  ...more,
];
const publish = (source: string, ...more: readonly string[]) => publishBy(proxy.url, args(source, ...more));
const OLD_TREE = { ...build('old'), 'gone.txt': 'gone' };

/** Publishes the new release and kills it when its request `number` comes in, or when it has been carried out. */
async function killedAt(number: number, when: 'before' | 'after'): Promise<boolean> {
  proxy.seen.length = 0;
  const { child, ran } = spawnPublish(proxy.url, args(NEW));
  const kill = () => child.kill('SIGKILL');
  proxy.fate = async (asked) => {
    if (asked.number !== number || when === 'after') return 'pass';
    kill();
    await once(child, 'exit');
    return 'cut';
  };
  proxy.done = (asked) => {
    if (asked.number === number && when === 'after') kill();
  };
  const { code } = await ran;
  proxy.fate = () => 'pass';
  proxy.done = () => {};
  return code === null;
}

describe('killed at any moment', () => {
  it.each(['before', 'after'] as const)(
    '%s a request was carried out: pages load whole, and the next run mends it',
    async (when) => {
      const wrong: string[] = [];
      const own = await makeBucket(s3.endpoint, `${bucket.name}-${when}`);
      bucket = own;
      let moments = 0;
      for (let number = 1, killed = true; killed; number++) {
        await publish(OLD);
        killed = await killedAt(number, when);
        moments += Number(killed);
        const lacking = [...(await broken(bucket)), ...(await broken(bucket, 'about/index.html'))];
        if (lacking.length > 0) wrong.push(`killed ${when} request ${number}: the page lacks ${lacking}`);
        const { code, err } = await publish(NEW);
        const tree = await treeOf(bucket);
        if (code !== 0 || JSON.stringify(sorted(tree)) !== JSON.stringify(sorted(build('new'))))
          wrong.push(`killed ${when} request ${number}: then exit ${code} ${err}, keys ${Object.keys(tree)}`);
      }
      expect(wrong).toEqual([]);
      expect(moments).toBeGreaterThan(15);
    },
  );
});

const sorted = (tree: Readonly<Record<string, unknown>>) => Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1));

it('after a kill the last complete release can be rolled back to', async () => {
  const OPTIONS = ['--bucket', bucket.name];
  await publishBy(proxy.url, [...OPTIONS, '--source', OLD]);
  proxy.seen.length = 0;
  const { child, ran } = spawnPublish(proxy.url, [...OPTIONS, '--source', NEW]);
  proxy.done = ({ method, key }) => {
    if (method === 'POST' && key === 'about/index.html') child.kill('SIGKILL');
  };
  await ran;
  const { code, err } = await publishBy(proxy.url, [...OPTIONS, '--rollback']);
  expect([code, err]).toEqual([0, '']);
  expect(await treeOf(bucket)).toMatchObject(OLD_TREE);
});

describe('two at once', () => {
  it('one wins whole, the other is refused before it has changed anything', async () => {
    await publish(OLD);
    const runs = await Promise.all([publish(NEW), publish(OLD), publish(`${STATE}/new`)]);
    const winners = runs.filter(({ code }) => code === 0);
    expect(winners.length).toBeGreaterThan(0);
    for (const { err } of runs.filter(({ code }) => code !== 0)) expect(err).toMatch(/expected to publish alone, got/);
    expect([build('new'), OLD_TREE]).toContainEqual(await treeOf(bucket));
  });

  it('from other machines, too: the second sees the first renew its lock, or end', async () => {
    await publish(OLD);
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    proxy.fate = async ({ key, method, query }): Promise<Fate> => {
      if (method === 'POST' && key === 'index.html' && query.has('uploadId')) await held;
      return 'pass';
    };
    const first = publish(NEW);
    while (!proxy.seen.some(({ method, key }) => method === 'POST' && key === 'index.html')) await wait(20);
    const second = publish(OLD);
    await wait(500);
    release();
    expect((await first).code).toBe(0);
    const { code, err } = await second;
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/expected to publish alone, got a publication from \S+ since/),
    ]);
    expect(await treeOf(bucket)).toEqual(build('new'));
  });
});

const writes = ({ method, key }: Asked) => method !== 'GET' && !key.startsWith('.releases/');

describe('a lost answer', () => {
  it('is no failure, whichever it is', async () => {
    const lost = new Set<string>();
    proxy.fate = ({ method, key, query }): Fate => {
      const name = `${method} ${key} ${[...query.keys()]}`;
      if (lost.has(name)) return 'pass';
      lost.add(name);
      return 'lose';
    };
    for (const [source, tree] of [
      [OLD, OLD_TREE],
      [NEW, build('new')],
    ] as const) {
      lost.clear();
      const { code, err } = await publish(source);
      expect([code, err]).toEqual([0, '']);
      expect(await treeOf(bucket)).toEqual(tree);
      expect(lost.size).toBeGreaterThan(10);
    }
  });
});

describe('faults', () => {
  it('of a tenth of all requests still end in the exact tree', async () => {
    const FATES: readonly Fate[] = [503, 'cut', 'lose'];
    let number = 0;
    proxy.fate = () => (number++ % 10 === 9 ? (FATES[number % 3] ?? 503) : 'pass');
    for (const [source, tree] of [
      [OLD, OLD_TREE],
      [NEW, build('new')],
      [OLD, OLD_TREE],
    ] as const) {
      const { code, err } = await publish(source);
      expect([code, err]).toEqual([0, '']);
      expect(await treeOf(bucket)).toEqual(tree);
    }
  });

  it('that do not end are one line, and the next run mends them', async () => {
    await publish(OLD);
    proxy.fate = (asked) => (writes(asked) && asked.key.startsWith('assets/') ? 503 : 'pass');
    const { code, err } = await publish(NEW);
    expect([code, err.trim().split('\n').length]).toEqual([1, 1]);
    expect(err).toMatch(/PUT s3:\/\/\S+\/assets\/app-\w+\.\w+: expected success, got 503 SlowDown/);
    expect(await treeOf(bucket)).toEqual(OLD_TREE);
    proxy.fate = () => 'pass';
    expect((await publish(NEW)).code).toBe(0);
    expect(await treeOf(bucket)).toEqual(build('new'));
  });
});

describe('one refused key', () => {
  it.each([...Object.keys(build('new')).filter((key) => key !== 'health.txt')])(
    '%s: nothing visible changes, the key is named, and the next run mends it',
    async (key) => {
      await publish(OLD);
      proxy.fate = (asked) => (writes(asked) && asked.key === key ? 403 : 'pass');
      const { code, err } = await publish(NEW);
      expect([code, err]).toEqual([1, expect.stringContaining(`/${key}: expected success, got 403 AccessDenied`)]);
      expect(await treeOf(bucket)).toMatchObject(OLD_TREE);
      proxy.fate = () => 'pass';
      expect((await publish(NEW)).code).toBe(0);
      expect(await treeOf(bucket)).toEqual(build('new'));
    },
  );
});

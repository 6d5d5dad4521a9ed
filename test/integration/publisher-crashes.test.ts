/** The publisher killed at any moment, and started twice at once. */
import { once } from 'node:events';
import { publisher } from '../support/publisher';
import type { Fate } from '../support/s3-proxy';
import { broken, build, makeSite, type Ran, treeOf } from '../support/sites';

const world = publisher(__filename);
const OLD = { ...build('old'), 'gone.txt': 'gone' };
const NEW = build('new');
const ONE = { keep: 1 };
const from = (folder: string) => ['--source', `${world.state}/${folder}`, '--keep', '1'];

beforeAll(() => {
  makeSite(`${world.state}/old`, OLD);
  makeSite(`${world.state}/new`, NEW);
});

/** Publishes the new release and kills it when its request `number` comes in, or when it has been carried out. */
async function killedAt(number: number, when: 'before' | 'after'): Promise<Ran> {
  world.proxy.calm();
  const { child, ran } = world.spawn(from('new'));
  const kill = () => child.kill('SIGKILL');
  world.proxy.fate = async (asked) => {
    if (asked.number !== number || when === 'after') return 'pass';
    kill();
    await once(child, 'exit');
    return 'cut';
  };
  world.proxy.done = (asked) => {
    if (asked.number === number && when === 'after') kill();
  };
  return ran.finally(world.proxy.calm);
}

describe('killed at any moment', () => {
  it.each(['before', 'after'] as const)(
    '%s a request was carried out: pages load whole, and the next run mends it',
    async (when) => {
      const wrong: string[] = [];
      let moments = 0;
      for (let number = 1, killed = true; killed; number++) {
        await world.publish(OLD, ONE);
        killed = (await killedAt(number, when)).code === null;
        moments += Number(killed);
        const lacking = [...(await broken(world.bucket)), ...(await broken(world.bucket, 'about/index.html'))];
        if (lacking.length > 0) wrong.push(`killed ${when} request ${number}: the page lacks ${lacking}`);
        await world.publish(NEW, ONE);
        const tree = await treeOf(world.bucket);
        if (JSON.stringify(sorted(tree)) !== JSON.stringify(sorted(NEW)))
          wrong.push(`killed ${when} request ${number}: then keys ${Object.keys(tree)}`);
      }
      expect(wrong).toEqual([]);
      expect(moments).toBeGreaterThan(15);
    },
  );

  it('leaves the last complete release to roll back to', async () => {
    await world.publish(OLD);
    const { child, ran } = world.spawn(['--source', `${world.state}/new`]);
    world.proxy.done = ({ method, key, query }) => {
      if (method === 'POST' && key === 'about/index.html' && query.has('uploadId')) child.kill('SIGKILL');
    };
    await ran;
    await world.rollback();
    expect(await treeOf(world.bucket)).toMatchObject(OLD);
  });
});

const sorted = (tree: Readonly<Record<string, unknown>>) => Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1));

describe('two at once', () => {
  it('one wins whole, the other is refused before it has changed anything', async () => {
    await world.publish(OLD, ONE);
    const runs = await Promise.all(['new', 'old', 'new'].map((folder) => world.spawn(from(folder)).ran));
    const refused = runs.filter(({ code }) => code !== 0);
    expect(refused.length).toBeLessThan(runs.length);
    for (const { err } of refused) expect(err).toMatch(/expected to publish alone, got/);
    expect([NEW, OLD]).toContainEqual(await treeOf(world.bucket));
  });

  it('the second waits until the first has shown that it lives, and is refused', async () => {
    await world.publish(OLD, ONE);
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let arrived: () => void = () => {};
    const last = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    world.proxy.fate = async ({ key, method, query }): Promise<Fate> => {
      if (method !== 'POST' || key !== 'index.html' || !query.has('uploadId')) return 'pass';
      arrived();
      await held;
      return 'pass';
    };
    const first = world.spawn(from('new'));
    await last;
    const second = world.spawn(from('old'));
    second.child.stderr.once('data', release); // it says that it waits
    expect((await first.ran).code).toBe(0);
    const refused = /expected to publish alone, got a publication from \S+ since/;
    expect(await second.ran).toMatchObject({ code: 1, err: expect.stringMatching(refused) });
    expect(await treeOf(world.bucket)).toEqual(NEW);
  });
});

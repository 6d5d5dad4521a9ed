/** The publisher before a server that fails: answers with errors, drops connections, loses answers, refuses a key. */
import { publisher } from '../support/publisher';
import type { Asked, Fate } from '../support/s3-proxy';
import { build, treeOf } from '../support/sites';

const world = publisher(__filename);
const OLD = { ...build('old'), 'gone.txt': 'gone' };
const NEW = build('new');
const ONE = { keep: 1 };
const writes = ({ method, key }: Asked) => method !== 'GET' && !key.startsWith('.releases/');

it('a lost answer is no failure, whichever it is', async () => {
  const lost = new Set<string>();
  world.proxy.fate = ({ method, key, query }): Fate => {
    const name = `${method} ${key} ${[...query.keys()]}`;
    if (lost.has(name)) return 'pass';
    lost.add(name);
    return 'lose';
  };
  for (const files of [OLD, NEW]) {
    lost.clear();
    await world.publish(files, ONE);
    expect(await treeOf(world.bucket)).toEqual(files);
    expect(lost.size).toBeGreaterThan(10);
  }
});

describe('faults', () => {
  it('of every twentieth request still end in the exact tree', async () => {
    const FATES: readonly Fate[] = ['SlowDown', 'cut', 'lose'];
    const pages = (version: string) =>
      Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`${at}.html`, version]));
    let number = 0;
    let faults = 0;
    world.proxy.fate = () => (++number % 20 === 0 ? (FATES[faults++ % 3] ?? 'cut') : 'pass');
    for (const files of [
      { ...OLD, ...pages('old') },
      { ...NEW, ...pages('new') },
      { ...OLD, ...pages('old') },
    ]) {
      await world.publish(files, ONE);
      expect(await treeOf(world.bucket)).toEqual(files);
    }
    expect(faults).toBeGreaterThan(20);
  });

  it('that do not end fail the run, and the next one mends them', async () => {
    await world.publish(OLD, ONE);
    world.proxy.fate = (asked) => (writes(asked) && asked.key.startsWith('assets/') ? 'SlowDown' : 'pass');
    await expect(world.publish(NEW, ONE)).rejects.toThrow(
      /^PUT s3:\/\/\S+\/assets\/app-\w+\.\w+: expected success, got 503 SlowDown.*$/,
    );
    expect(await treeOf(world.bucket)).toEqual(OLD);
    world.proxy.calm();
    await world.publish(NEW, ONE);
    expect(await treeOf(world.bucket)).toEqual(NEW);
  });
});

describe('one refused key', () => {
  it.each(Object.keys(NEW).filter((key) => key !== 'health.txt'))(
    '%s: nothing visible changes, the key is named, and the next run mends it',
    async (key) => {
      await world.publish(OLD, ONE);
      world.proxy.fate = (asked) => (writes(asked) && asked.key === key ? 'AccessDenied' : 'pass');
      await expect(world.publish(NEW, ONE)).rejects.toThrow(`/${key}: expected success, got 403 AccessDenied`);
      expect(await treeOf(world.bucket)).toMatchObject(OLD);
      world.proxy.calm();
      await world.publish(NEW, ONE);
      expect(await treeOf(world.bucket)).toEqual(NEW);
    },
  );
});

/** Releases one after another: what each costs, its order, what is pruned, the way back, and replicas. */
import { rmSync } from 'node:fs';
import { publisher } from '../support/publisher';
import { broken, build, treeOf } from '../support/sites';

const world = publisher(__filename);
const puts = () => world.proxy.seen.filter(({ method }) => method === 'PUT');

describe('the cost', () => {
  const many = (version: string) =>
    Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [
        `pages/${index}.html`,
        index < 5 ? `${index} ${version}` : `${index}`,
      ]),
    );

  it('of no change is two requests', async () => {
    await world.publish({ ...build('1'), ...many('1') });
    expect(await world.publish({ ...build('1'), ...many('1') })).toMatchObject({ uploaded: 0, skipped: 106, bytes: 0 });
    expect(world.proxy.seen.length).toBeLessThanOrEqual(3);
  });

  it('of a small change is a PUT for each file, and two', async () => {
    await world.publish({ ...build('1'), ...many('1') });
    const { uploaded } = await world.publish({ ...build('1'), ...many('2') });
    expect(uploaded).toBe(5);
    expect(puts().length).toBeLessThanOrEqual(5 + 2);
  });

  it('of a rollback is a PUT for each file that is not hashed, and two', async () => {
    await world.publish({ ...build('1'), ...many('1') });
    await world.publish({ ...build('2'), ...many('2') });
    await world.rollback();
    expect(puts().length).toBeLessThanOrEqual(5 + 3 + 2);
  });

  it('of a dry run is no write', async () => {
    const { plan } = await world.publish(build('1'), { dryRun: true });
    expect(plan?.writes).toHaveLength(6);
    expect(world.proxy.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});

describe('the order', () => {
  it('is assets, other files, pages, the first page, and deletions after all', async () => {
    await world.publish({ ...build('0'), 'gone.txt': '' }, { keep: 1 });
    await world.publish(build('1'), { keep: 1 });
    const visible = world.proxy.seen
      .filter(
        ({ key, method, query }) =>
          !key.startsWith('.releases/') && method !== 'GET' && !query.has('uploads') && !query.has('partNumber'),
      )
      .map(({ method, key }) => `${method === 'DELETE' ? 'delete' : 'write'} ${key.replace(/-\w+\./, '.')}`);
    expect(visible.map((line) => line.replace('write assets/app.css', 'write assets/app.js'))).toEqual([
      'write assets/app.js',
      'write assets/app.js',
      'write robots.txt',
      'write about/index.html',
      'write index.html',
      ...['assets/app.js', 'assets/app.css', 'gone.txt'].map(() => expect.stringContaining('delete')),
    ]);
  });

  it('lets a tab of the release before load what it has not loaded yet', async () => {
    await world.publish(build('1'));
    await world.publish(build('2'));
    await world.publish(build('3'));
    expect(Object.keys(await treeOf(world.bucket))).toEqual(expect.arrayContaining(Object.keys(build('1'))));
    await world.publish(build('4'));
    expect(await treeOf(world.bucket)).toEqual(
      expect.not.objectContaining({ [Object.keys(build('1'))[0] ?? '']: expect.anything() }),
    );
  });
});

describe('a rollback', () => {
  it('needs no folder, and goes to the release before or to any that is kept', async () => {
    const ids: string[] = [];
    for (const version of ['1', '2', '3']) ids.push((await world.publish(build(version))).release);
    rmSync(world.site, { recursive: true });
    await world.rollback();
    expect(await treeOf(world.bucket)).toMatchObject(build('2'));
    await world.rollback(ids[0]);
    expect(await treeOf(world.bucket)).toMatchObject(build('1'));
    await world.rollback(ids[2]);
    expect(await treeOf(world.bucket)).toMatchObject(build('3'));
  });

  it('to an unknown release changes nothing and names those that are kept', async () => {
    const { release } = await world.publish(build('1'));
    await expect(world.rollback('nope')).rejects.toThrow(new RegExp(`expected a kept release, got nope.*${release}`));
    await expect(world.rollback()).rejects.toThrow(/got no earlier one/);
  });
});

describe('replicas', () => {
  it('get the same tree, also by a rollback', async () => {
    const replica = await world.makeBucket(`${world.bucket.name}-replica`);
    for (const version of ['1', '2']) await world.publish(build(version), { replicas: [replica.name] });
    expect(await treeOf(replica)).toEqual(await treeOf(world.bucket));
    expect(await world.headersOf('index.html', replica.name)).toEqual(await world.headersOf('index.html'));
    await world.rollback('', { replicas: [replica.name] });
    expect(await treeOf(replica)).toMatchObject(build('1'));
    expect(await treeOf(replica)).toEqual(await treeOf(world.bucket));
  });

  it('that cannot be written are told of instead, where the caller wishes that, and the bucket and the others are written', async () => {
    const names = ['none', 'replica'].map((name) => `${world.bucket.name}-${name}`);
    const replica = await world.makeBucket(names[1] ?? '');
    const told: string[] = [];
    await world.publish(build('1'), { replicas: names, replicaFailed: (text) => told.push(text) });
    expect(told).toEqual([expect.stringContaining(`replica ${names[0]}: `)]);
    expect(await treeOf(replica)).toEqual(await treeOf(world.bucket));
  });

  it('are named when they fail, and healed by the next run', async () => {
    const name = `${world.bucket.name}-replica`;
    await expect(world.publish(build('1'), { replicas: [name] })).rejects.toThrow(`replica ${name}:`);
    expect(await treeOf(world.bucket)).toEqual(build('1'));
    await world.makeBucket(name);
    await world.publish(build('1'), { replicas: [name] });
    expect(await treeOf(world.bucketNamed(name))).toEqual(build('1'));
  });

  it('that missed a release can be rolled back with the others', async () => {
    await world.publish(build('1'));
    await world.publish(build('2'));
    const replica = await world.makeBucket(`${world.bucket.name}-replica`);
    await world.rollback('', { replicas: [replica.name] });
    expect(await treeOf(replica)).toEqual(build('1'));
    expect(await broken(replica)).toEqual([]);
  });
});

/** What is in the bucket after a publication: the folder exactly, with types and cache classes, but for what must not be public. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { folderSource } from '../../lambda/release-publisher/sources/folder';
import { publisher } from '../support/publisher';
import { build, type Files, makeSite, treeOf } from '../support/sites';

const world = publisher(__filename);

describe('the tree', () => {
  const NAMES = [
    'a b.txt',
    'a+b.txt',
    'a%20b.txt',
    'what?.txt',
    'sharp#.txt',
    'ünïcödé/日本語/emoji 🎉.html',
    'quotes\'"&<>.txt',
    'semi;colon=and,comma@.txt',
    '(brackets)[and]{more}!$*~.txt',
    'back`tick|pipe^caret.txt',
    'trailing space ',
    'dots/a..b.txt',
    'UPPER/Case.TXT',
    '.well-known/assetlinks.json',
    'deep/er/and/deep/er/still/index.html',
  ];

  it('is the folder exactly, whatever its names', async () => {
    const files = {
      ...build('1'),
      ...Object.fromEntries(NAMES.map((name) => [name, `contents of ${name}`])),
      empty: '',
    };
    await world.publish(files);
    expect(await treeOf(world.bucket)).toEqual(files);
  });

  it('is exact again after files were changed, emptied, filled and taken away', async () => {
    await world.publish({ ...build('1'), 'a.txt': 'a', 'b.txt': '', 'c.txt': 'c' }, { keep: 1 });
    const files = { ...build('2'), 'a.txt': '', 'b.txt': 'b' };
    const { deleted } = await world.publish(files, { keep: 1 });
    expect(await treeOf(world.bucket)).toEqual(files);
    expect(deleted).toBe(3);
  });

  it('has large files whole, new and overwritten', async () => {
    const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const large = randomBytes(20 * 1024 * 1024 + 17);
    for (const body of [large, Buffer.from(large).reverse()]) {
      await world.publish({ 'index.html': 'page', 'video.mp4': body });
      expect(sum((await world.bucket.read('video.mp4'))?.body ?? Buffer.alloc(0))).toBe(sum(body));
    }
    await world.rollback();
    expect(sum((await world.bucket.read('video.mp4'))?.body ?? Buffer.alloc(0))).toBe(sum(large));
  });

  it('is served with types and cache classes, also where a file was overwritten', async () => {
    await world.publish(build('1'));
    await world.publish(build('2'));
    const asset = Object.keys(build('2'))[0] ?? '';
    expect(await world.headersOf(asset)).toMatchObject({
      ContentType: 'text/javascript; charset=utf-8',
      CacheControl: 'public,max-age=31536000,immutable',
    });
    expect(await world.headersOf('index.html')).toMatchObject({
      ContentType: 'text/html; charset=utf-8',
      CacheControl: 'public,max-age=0,must-revalidate',
    });
  });

  it("leaves keys alone that aren't its own, but replaces those that the site has", async () => {
    await world.bucket.put('theirs.txt', { contentType: 'text/plain', cacheControl: '' }, Buffer.from('theirs'));
    await world.bucket.put('index.html', { contentType: 'text/html', cacheControl: '' }, Buffer.from('old'));
    for (const version of ['1', '2', '3']) await world.publish(build(version), { keep: 1 });
    expect(await treeOf(world.bucket)).toEqual({ ...build('3'), 'theirs.txt': 'theirs' });
  });
});

describe('what leaves the source', () => {
  const source = (link: string, target: string, files: Files = build('1')) => {
    makeSite(world.site, files);
    symlinkSync(target, join(world.site, link));
    return folderSource(world.site);
  };

  it.each([
    ['a file elsewhere', '../../../package.json', /package\.json: expected|expected a link within the source/],
    ['a folder elsewhere', '/', /expected a link within the source, got one to \//],
    ['nothing', 'no/such/file', /expected a link to something/],
    ['a folder above it', '.', /expected no link to a folder above it/],
  ])('by a link to %s is refused', async (_, target, message) => {
    await expect(source('link', target)).rejects.toThrow(message);
  });

  it('is not what a link within it names', async () => {
    const { files } = await source('copy.html', 'index.html');
    expect(files.map(({ path }) => path)).toContain('copy.html');
  });

  it('is neither secret nor litter, and both are named', async () => {
    const secret = {
      '.env': 's',
      '.git/config': 's',
      'node_modules/a/b.js': 's',
      'docs/.DS_Store': 's',
      'a.js.map': '{}',
    };
    const { leftOut } = await world.publish({ ...build('1'), ...secret });
    expect(await treeOf(world.bucket)).toEqual(build('1'));
    expect([...leftOut].sort()).toEqual(['.env', '.git/', 'a.js.map', 'docs/.DS_Store', 'node_modules/']);
  });
});

it('an empty source is refused', async () => {
  mkdirSync(`${world.state}/empty`);
  await expect(folderSource(`${world.state}/empty`)).rejects.toThrow(/expected files to publish, got none/);
});

/** The publisher against a real S3 server: what is in the bucket afterwards, and what it cost. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Bucket } from '../../lambda/release-publisher/bucket/bucket';
import { type Publication, publishAll } from '../../lambda/release-publisher/publish-all';
import { folderSource } from '../../lambda/release-publisher/sources/folder';
import { bucketAt, makeBucket, type S3, s3Settings, startS3 } from '../support/s3';
import { type S3Proxy, s3Proxy } from '../support/s3-proxy';
import { broken, build, type Files, makeSite, treeOf } from '../support/sites';

const STATE = '.holdfast/integration-publisher';
const SITE = `${STATE}/site`;

let s3: S3;
let proxy: S3Proxy;
let bucket: Bucket;
let count = 0;

beforeAll(async () => {
  s3 = await startS3(STATE);
  proxy = await s3Proxy(s3.endpoint);
});
afterAll(async () => {
  await proxy?.close();
  await s3?.stop();
});
beforeEach(async () => {
  bucket = await makeBucket(s3.endpoint, `site-${count++}`);
});

async function publish(files: Files, more: Partial<Publication> = {}) {
  const source = await folderSource(makeSite(SITE, files));
  proxy.seen.length = 0;
  return publishAll({
    bucket: bucket.name,
    source: async () => source,
    settings: s3Settings(proxy.url),
    ...more,
  });
}

const rollback = (id = '', more: Partial<Publication> = {}) => {
  proxy.seen.length = 0;
  return publishAll({ bucket: bucket.name, rollback: id, settings: s3Settings(proxy.url), ...more });
};

const puts = () => proxy.seen.filter(({ method }) => method === 'PUT');
const headersOf = async (key: string) => {
  const { HeadObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
  const credentials = { accessKeyId: '000000000000', secretAccessKey: 'test-secret' };
  const client = new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  const { ContentType, CacheControl } = await client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: key }));
  client.destroy();
  return { ContentType, CacheControl };
};

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
    '...dots/a..b.txt',
    'UPPER/Case.TXT',
    '.well-known/assetlinks.json',
    'deep/er/and/deep/er/still/index.html',
  ].filter((name) => !name.startsWith('...'));

  it('is the folder exactly, whatever its names', async () => {
    const files = {
      ...build('1'),
      ...Object.fromEntries(NAMES.map((name) => [name, `contents of ${name}`])),
      empty: '',
    };
    await publish(files);
    expect(await treeOf(bucket)).toEqual(files);
  });

  it('is exact again after files were changed, emptied, filled and taken away', async () => {
    await publish({ ...build('1'), 'a.txt': 'a', 'b.txt': '', 'c.txt': 'c' }, { keep: 1 });
    const files = { ...build('2'), 'a.txt': '', 'b.txt': 'b' };
    const { deleted } = await publish(files, { keep: 1 });
    expect(await treeOf(bucket)).toEqual(files);
    expect(deleted).toBe(3);
  });

  it('has large files whole, new and overwritten', async () => {
    const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const large = randomBytes(20 * 1024 * 1024 + 17);
    for (const body of [large, Buffer.from(large).reverse()]) {
      await publish({ 'index.html': 'page', 'video.mp4': body });
      expect(sum((await bucket.read('video.mp4'))?.body ?? Buffer.alloc(0))).toBe(sum(body));
    }
    await rollback();
    expect(sum((await bucket.read('video.mp4'))?.body ?? Buffer.alloc(0))).toBe(sum(large));
  });

  it('is served with types and cache classes, also where a file was overwritten', async () => {
    await publish(build('1'));
    await publish(build('2'));
    const asset = Object.keys(build('2'))[0] ?? '';
    expect(await headersOf(asset)).toMatchObject({
      ContentType: 'text/javascript; charset=utf-8',
      CacheControl: 'public,max-age=31536000,immutable',
    });
    expect(await headersOf('index.html')).toMatchObject({
      ContentType: 'text/html; charset=utf-8',
      CacheControl: 'public,max-age=0,must-revalidate',
    });
  });

  it("leaves keys alone that aren't its own, but replaces those that the site has", async () => {
    await bucket.put('theirs.txt', { contentType: 'text/plain', cacheControl: '' }, Buffer.from('theirs'));
    await bucket.put('index.html', { contentType: 'text/html', cacheControl: '' }, Buffer.from('old'));
    for (const version of ['1', '2', '3']) await publish(build(version), { keep: 1 });
    expect(await treeOf(bucket)).toEqual({ ...build('3'), 'theirs.txt': 'theirs' });
  });
});

describe('what leaves the source', () => {
  const source = (link: string, target: string, files: Files = build('1')) => {
    makeSite(SITE, files);
    symlinkSync(target, join(SITE, link));
    return folderSource(SITE);
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
    const { leftOut } = await publish({ ...build('1'), ...secret });
    expect(await treeOf(bucket)).toEqual(build('1'));
    expect([...leftOut].sort()).toEqual(['.env', '.git/', 'a.js.map', 'docs/.DS_Store', 'node_modules/']);
  });
});

describe('the cost', () => {
  const many = (version: string) =>
    Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [
        `pages/${index}.html`,
        index < 5 ? `${index} ${version}` : `${index}`,
      ]),
    );

  it('of no change is two requests', async () => {
    await publish({ ...build('1'), ...many('1') });
    expect(await publish({ ...build('1'), ...many('1') })).toMatchObject({ uploaded: 0, skipped: 106, bytes: 0 });
    expect(proxy.seen.length).toBeLessThanOrEqual(3);
  });

  it('of a small change is a PUT for each file, and two', async () => {
    await publish({ ...build('1'), ...many('1') });
    const { uploaded } = await publish({ ...build('1'), ...many('2') });
    expect(uploaded).toBe(5);
    expect(puts().length).toBeLessThanOrEqual(5 + 2);
  });

  it('of a rollback is a PUT for each file that is not hashed, and two', async () => {
    await publish({ ...build('1'), ...many('1') });
    await publish({ ...build('2'), ...many('2') });
    await rollback();
    expect(puts().length).toBeLessThanOrEqual(5 + 3 + 2);
  });

  it('of a dry run is no write', async () => {
    const { plan } = await publish(build('1'), { dryRun: true });
    expect(plan?.writes).toHaveLength(6);
    expect(proxy.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});

describe('the order', () => {
  it('is assets, other files, pages, the first page, and deletions after all', async () => {
    await publish({ ...build('0'), 'gone.txt': '' }, { keep: 1 });
    await publish(build('1'), { keep: 1 });
    const visible = proxy.seen
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
    await publish(build('1'));
    await publish(build('2'));
    await publish(build('3'));
    expect(Object.keys(await treeOf(bucket))).toEqual(expect.arrayContaining(Object.keys(build('1'))));
    await publish(build('4'));
    expect(await treeOf(bucket)).toEqual(
      expect.not.objectContaining({ [Object.keys(build('1'))[0] ?? '']: expect.anything() }),
    );
  });
});

describe('a rollback', () => {
  it('needs no folder, and goes to the release before or to any that is kept', async () => {
    const ids: string[] = [];
    for (const version of ['1', '2', '3']) ids.push((await publish(build(version))).release);
    rmSync(SITE, { recursive: true });
    await rollback();
    expect(await treeOf(bucket)).toMatchObject(build('2'));
    await rollback(ids[0]);
    expect(await treeOf(bucket)).toMatchObject(build('1'));
    await rollback(ids[2]);
    expect(await treeOf(bucket)).toMatchObject(build('3'));
  });

  it('to an unknown release changes nothing and names those that are kept', async () => {
    const { release } = await publish(build('1'));
    await expect(rollback('nope')).rejects.toThrow(new RegExp(`expected a kept release, got nope.*${release}`));
    await expect(rollback()).rejects.toThrow(/got no earlier one/);
  });
});

describe('replicas', () => {
  it('get the same tree, also by a rollback', async () => {
    const replica = await makeBucket(s3.endpoint, `${bucket.name}-replica`);
    for (const version of ['1', '2']) await publish(build(version), { replicas: [replica.name] });
    expect(await treeOf(replica)).toEqual(await treeOf(bucket));
    await rollback('', { replicas: [replica.name] });
    expect(await treeOf(replica)).toMatchObject(build('1'));
    expect(await treeOf(replica)).toEqual(await treeOf(bucket));
  });

  it('are named when they fail, and healed by the next run', async () => {
    const name = `${bucket.name}-replica`;
    await expect(publish(build('1'), { replicas: [name] })).rejects.toThrow(`replica ${name}:`);
    expect(await treeOf(bucket)).toEqual(build('1'));
    await makeBucket(s3.endpoint, name);
    await publish(build('1'), { replicas: [name] });
    expect(await treeOf(bucketAt(s3.endpoint, name))).toEqual(build('1'));
  });

  it('that missed a release can be rolled back with the others', async () => {
    await publish(build('1'));
    await publish(build('2'));
    const replica = await makeBucket(s3.endpoint, `${bucket.name}-replica`);
    await rollback('', { replicas: [replica.name] });
    expect(await treeOf(replica)).toEqual(build('1'));
    expect(await broken(replica)).toEqual([]);
  });
});

it('refuses an empty source', async () => {
  mkdirSync(`${STATE}/empty`, { recursive: true });
  await expect(folderSource(`${STATE}/empty`)).rejects.toThrow(/expected files to publish, got none/);
});

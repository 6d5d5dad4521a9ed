/** The publisher as a custom resource: what a deployment, its rollback and its end do to a bucket, and what a large zip costs in memory. */
import { createHash, randomBytes } from 'node:crypto';
import { type Change, deploySite, type SiteProperties } from '../../lambda/release-publisher/deployment';
import { publisher } from '../support/publisher';
import { s3Env, s3Settings } from '../support/s3';
import { handleSite } from '../support/site-handler';
import { build, type Files, treeOf } from '../support/sites';
import { zipOf } from '../support/zip';

const world = publisher(__filename);
const ZIP = { contentType: 'application/zip', cacheControl: '' };
const SILENT = { say: () => {}, sent: () => {} };
const MOST_BYTES = 150e6;

let assets = '';

beforeEach(async () => {
  assets = `${world.bucket.name}-assets`;
  await world.makeBucket(assets);
});

/** As CDK uploads a site before it deploys. */
async function asset(files: Files): Promise<SiteProperties['source']> {
  const zip = await zipOf(files);
  const key = `${createHash('sha256').update(zip).digest('hex')}.zip`;
  await world.bucketNamed(assets).put(key, ZIP, zip);
  return { bucket: assets, key };
}

const properties = (source: SiteProperties['source'], more: Partial<SiteProperties> = {}): SiteProperties => ({
  bucket: world.bucket.name,
  source,
  keep: '3',
  pruneAfterSeconds: '0',
  retain: 'false',
  ...more,
});

function deploy(change: Change, owner = 'stack resource') {
  world.proxy.seen.length = 0;
  return deploySite(change, owner, SILENT, s3Settings(world.proxy.url));
}

it('a first deployment brings the site, its replicas too', async () => {
  const replica = await world.makeBucket(`${world.bucket.name}-replica`);
  const secrets = { '.env': 'secret', '.git/config': 'secret' };
  const now = properties(await asset({ ...build('1'), ...secrets, 'ä/b c+d.txt': '' }), { replicas: [replica.name] });
  await deploy({ type: 'Create', now });
  expect(await treeOf(world.bucket)).toEqual({ ...build('1'), 'ä/b c+d.txt': '' });
  expect(await treeOf(replica)).toEqual(await treeOf(world.bucket));
  expect(await world.headersOf('index.html')).toMatchObject({ ContentType: 'text/html; charset=utf-8' });
});

it('an update publishes, and its rollback goes back without the zip', async () => {
  const before = properties(await asset(build('1')));
  await deploy({ type: 'Create', now: before });
  await world.bucketNamed(assets).delete(before.source.key);
  const now = properties(await asset(build('2')));
  await deploy({ type: 'Update', before, now });
  expect(await treeOf(world.bucket)).toMatchObject(build('2'));
  await deploy({ type: 'Update', before: now, now: before });
  expect(await treeOf(world.bucket)).toMatchObject(build('1'));
  const puts = world.proxy.seen.filter(({ method }) => method === 'PUT');
  expect(puts.length).toBeLessThanOrEqual(3 + 3); // the three changed files, lock, record, owner
});

it('an update takes no release back that came without a deployment', async () => {
  const before = properties(await asset(build('1')));
  await deploy({ type: 'Create', now: before });
  await world.publish(build('2'));
  await deploy({ type: 'Update', before, now: properties(await asset(build('3'))) });
  expect(await treeOf(world.bucket)).toMatchObject(build('2'));
});

describe('the end of the resource', () => {
  const theirs = { 'theirs.txt': 'theirs' };
  const deployed = async (more: Partial<SiteProperties> = {}) => {
    await world.bucket.put('theirs.txt', { contentType: 'text/plain', cacheControl: '' }, Buffer.from('theirs'));
    const now = properties(await asset(build('1')), more);
    await deploy({ type: 'Create', now });
    return now;
  };

  it('takes away what it brought, and nothing else', async () => {
    await deploy({ type: 'Delete', now: await deployed() });
    expect(await world.bucket.list('')).toEqual(Object.keys(theirs));
  });

  it('takes nothing away that another resource brought since', async () => {
    const now = await deployed();
    await deploy({ type: 'Update', before: now, now }, 'stack successor');
    await deploy({ type: 'Delete', now });
    expect(await treeOf(world.bucket)).toEqual({ ...build('1'), ...theirs });
  });

  it('takes nothing away where the site is to stay', async () => {
    await deploy({ type: 'Delete', now: await deployed({ retain: 'true' }) });
    expect(await treeOf(world.bucket)).toEqual({ ...build('1'), ...theirs });
  });
});

describe('the handler', () => {
  const handle = (now: SiteProperties) => handleSite(now, s3Env(world.proxy.url));

  it('reads a zip of 220 MB in ranges, holding at most 150 MB', async () => {
    const pieces = randomBytes(60_000 + 2000);
    const small = Array.from(
      { length: 2000 },
      (_, at) => [`pages/${at}.bin`, pieces.subarray(at, at + 60_000)] as const,
    );
    const files = { ...Object.fromEntries(small), 'video.mp4': randomBytes(100_000_000), 'index.html': 'page' };
    const source = await asset(files);
    world.proxy.seen.length = 0;
    const { Status, resident } = await handle(properties(source));
    expect(Status).toBe('SUCCESS');
    expect(resident).toBeLessThanOrEqual(MOST_BYTES);
    expect((await world.bucket.list('')).filter((key) => !key.startsWith('.releases/'))).toHaveLength(2002);
    const ranges = world.proxy.seen.filter(({ method, bucket }) => method === 'GET' && bucket === assets);
    expect(ranges.length).toBeLessThan(2 * 230); // read for the hashes, and again to be written
  });

  it('tells CloudFormation in a line why it failed', async () => {
    expect(await handle(properties({ bucket: assets, key: 'no-such.zip' }))).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/no-such\.zip: expected success, got 404/),
    });
  });
});

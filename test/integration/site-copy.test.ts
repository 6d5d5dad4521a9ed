/** A server's copy of the site: the built program against S3 of the emulator, and the deployed nginx.conf serving what it made. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { join, resolve } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { publishAll } from '../../lambda/release-publisher/publish-all';
import { folderSource } from '../../lambda/release-publisher/sources/folder';
import { ACCOUNT, type Cloud, client, cloudEnv } from '../../lib/rehearsal/aws';
import { freePort } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { startEmulator } from '../../lib/rehearsal/servers';
import { tools } from '../../lib/rehearsal/tools';
import { echo, end, type Front, listen, portOf, SITE, startFront, write } from '../support/nginx';

const STATE = resolve('.holdfast/integration/site-copy-account');
const REGION = 'eu-west-1';
const HOUR = '3600';

let emulator: Running;
let cloud: Cloud;
let s3: S3Client;
let front: Front;
let backend: Server;
let bucket: string;

const root = () => join(front.folder, 'site');
const page = async () => (await front.ask('/')).body;
const asset = async (name: string) => (await front.ask(`/assets/${name}`)).status;

/** A page, and a script of its own. */
async function publish(name: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const source = join(STATE, 'builds', name);
  write(source, { 'index.html': `<script src="/assets/app-${name}.js">`, [`assets/app-${name}.js`]: name, ...more });
  const { endpoint, credentials } = client(cloud, REGION);
  const built = await folderSource(source);
  await publishAll({ bucket, source: async () => built, settings: { endpoint, credentials: async () => credentials } });
}

async function look({ settle = '0', from = bucket, endpoint = cloud.endpoint } = {}) {
  const own = { SITE_BUCKET: from, SITE_ROOT: root(), SITE_SETTLE_SECONDS: settle };
  const env = { ...cloudEnv({ ...cloud, endpoint }, REGION), ...own };
  const child = spawn(process.execPath, ['dist/server/site-copy.js'], { env });
  let said = '';
  for (const out of [child.stdout, child.stderr])
    out.on('data', (text) => {
      said += text;
    });
  const [code] = await once(child, 'close');
  return { code, said };
}

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(STATE, { recursive: true });
  const port = await freePort();
  emulator = await startEmulator(await tools({ say: () => undefined }), {
    port,
    logFile: join(STATE, 'emulator.log'),
    temporary: STATE,
    account: ACCOUNT,
  });
  cloud = { endpoint: `http://127.0.0.1:${port}`, account: ACCOUNT, home: STATE };
  s3 = new S3Client({ ...client(cloud, REGION), forcePathStyle: true });
  backend = await listen(echo);
  front = await startFront('site-copy', [portOf(backend)]);
}, 120_000);
afterAll(async () => {
  await front?.stop();
  await emulator?.stop();
  if (backend) await end(backend);
});

let count = 0;
beforeEach(async () => {
  bucket = `site-${++count}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }));
});

it('is the site that came with the backend, as long as the bucket has none', async () => {
  expect(await look()).toEqual({ code: 0, said: `site: no release in ${bucket} yet\n` });
  expect(await page()).toBe(SITE['index.html']);
});

it('is the release that visitors have, with what the releases before it left for open pages', async () => {
  for (const name of ['aaaa1111', 'bbbb2222']) await publish(name);
  expect((await look()).code).toBe(0);
  expect(await page()).toContain('app-bbbb2222.js');
  expect([await asset('app-bbbb2222.js'), await asset('app-aaaa1111.js')]).toEqual([200, 200]);
  expect(readdirSync(join(root(), 'current'))).toEqual(['assets', 'index.html']);
});

it('serves the assets of a new release at once, and its pages when every server has had time to fetch them', async () => {
  await publish('cccc3333');
  await look();
  await publish('dddd4444');
  expect((await look({ settle: HOUR })).said).toContain('will be shown soon');
  expect([await page(), await asset('app-dddd4444.js')]).toEqual([expect.stringContaining('app-cccc3333.js'), 200]);
  await look();
  expect(await page()).toContain('app-dddd4444.js');
});

it('goes back when the site does', async () => {
  for (const name of ['eeee5555', 'ffff6666', 'eeee5555']) {
    await publish(name);
    await look();
    expect(await page()).toContain(`app-${name}.js`);
  }
});

it('keeps the release before on disk, and no older one', async () => {
  for (const name of ['aaaa1111', 'bbbb2222', 'cccc3333']) {
    await publish(name);
    await look();
  }
  const links = ['current', 'previous'].map((name) => readlinkSync(join(root(), name)).replace('releases/', ''));
  expect(readdirSync(join(root(), 'releases')).sort()).toEqual(links.sort());
});

describe('what is served stays', () => {
  beforeEach(async () => {
    await publish('good1111');
    await look();
  });
  afterEach(async () => expect(await page()).toContain('app-good1111.js'));

  it('when the bucket is missing', async () => {
    const { code, said } = await look({ from: 'nobody-has-this' });
    expect(code).toBe(1);
    expect(said).toMatch(/^site: .*nobody-has-this.*; what is there goes on being served\n$/);
  });

  it('when a file has other bytes than the release says', async () => {
    await publish('evil2222');
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'assets/app-evil2222.js', Body: 'EVIL2222' }));
    const { code, said } = await look();
    expect([code, said]).toEqual([
      1,
      expect.stringMatching(/assets\/app-evil2222\.js: expected sha256 \w{64}, got \w{64}/),
    ]);
    expect(existsSync(join(root(), 'next/assets/app-evil2222.js'))).toBe(false);
  });

  it('when nothing answers', async () => {
    const { code } = await look({ endpoint: 'http://127.0.0.1:1' });
    expect(code).toBe(1);
  });
});

it('breaks no page load while it changes', async () => {
  await publish('aaaa0000');
  await look();
  let loads = 0;
  const broken: string[] = [];
  let ended = false;
  const visitor = async () => {
    while (!ended) {
      const html = await page();
      const [, name = ''] = /assets\/([^"]+)/.exec(html) ?? [];
      if ((await asset(name)) !== 200) broken.push(html);
      loads += 1;
    }
  };
  const visitors = [visitor(), visitor()];
  for (const name of ['bbbb0000', 'cccc0000', 'dddd0000', 'eeee0000']) {
    await publish(name);
    await look({ settle: HOUR });
    await look();
  }
  ended = true;
  await Promise.all(visitors);
  expect(broken).toEqual([]);
  expect(loads).toBeGreaterThan(20);
});

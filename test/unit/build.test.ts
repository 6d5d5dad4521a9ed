/** What the build makes: the same bytes wherever and however it is run, and nothing that only this machine's processor runs. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SOURCES = ['app', 'bin', 'lambda', 'lib', 'constructs', 'package.json', 'tsconfig.json'];
let work: string;

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'holdfast build é '));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A copy of the clone in a folder of that name, built under a umask. */
function built(name: string, { umask = '022', env = {}, backend = '', more = [] as readonly string[] } = {}) {
  const folder = join(work, name);
  for (const each of SOURCES) cpSync(each, join(folder, each), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  if (backend) writeFileSync(join(folder, 'app/backend/server.ts'), backend);
  for (const path of more) writeFileSync(join(folder, path), '[]');
  const command = `umask ${umask} && exec "${process.execPath}" bin/build.mjs`;
  const options = { cwd: folder, env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync('sh', ['-c', command], options);
  const release = () => spawnSync('tar', ['-t', '-f', join(folder, 'dist/release.tar')], { encoding: 'utf8' }).stdout;
  return { status, stderr, release, meta: () => JSON.parse(readFileSync(join(folder, 'dist/meta.json'), 'utf8')) };
}

it('is the same from another folder, under another umask, time zone and locale', () => {
  const one = built('a').meta();
  const env = { TZ: 'Asia/Tokyo', LC_ALL: 'tr_TR.UTF-8', HOME: work };
  expect(built('a/deeper/folder', { umask: '077', env }).meta()).toEqual(one);
}, 60_000);

it('takes along what the backend and each service are asked first', () => {
  const lists = ['backend/warm-up.json', 'services/pages/warm-up.json'];
  const names = built('warm', { more: lists.map((path) => `app/${path}`) })
    .release()
    .split('\n');
  expect(names.filter((name) => name.endsWith('warm-up.json'))).toEqual(lists);
}, 60_000);

it.each(['./native.node', 'node-gyp-build'])(
  'refuses a backend that needs %s, in one line',
  (name) => {
    const { status, stderr } = built(`native-${name.length}`, { backend: `import '${name}';` });
    expect(status).toBe(1);
    expect(stderr).toContain(
      `app/backend/server.ts: expected JavaScript, which runs on any processor, got the native module '${name}'`,
    );
    expect(stderr).not.toContain('at async');
  },
  60_000,
);

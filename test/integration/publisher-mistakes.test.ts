/** What the command says to mistakes: at most three lines, no stack trace, an exit code, and soon. */
import { type AddressInfo, createServer, type Server } from 'node:net';
import { publisher } from '../support/publisher';
import type { Fate } from '../support/s3-proxy';
import { build, makeSite, type Ran, spawnPublish, treeOf } from '../support/sites';

const world = publisher(__filename);
const LIMIT_MS = 30_000;
let folder = '';
let silent: Server;
const sockets = new Set<{ destroy(): void }>();
/** Begun first, since they take their time. */
const unreachable = new Map<string, { readonly endpoint: string; readonly ran: Promise<Ran> }>();

beforeAll(async () => {
  folder = makeSite(`${world.state}/build`, build('1'));
  makeSite(`${world.state}/only-secrets`, { '.env': 'secret' });
  silent = createServer((socket) => sockets.add(socket));
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
  const SILENT = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  for (const endpoint of ['http://127.0.0.1:1', SILENT]) {
    const { ran } = spawnPublish(endpoint, ['--source', folder, '--bucket', 'any']);
    unreachable.set(endpoint === SILENT ? 'is silent' : 'refuses connections', { endpoint, ran });
  }
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
});

const run = (args: readonly string[], env?: Readonly<Record<string, string>>) => world.spawn(args, env).ran;

function expectMistake({ code, out, err }: Ran, message: RegExp): void {
  expect({ code, out, err }).toEqual({ code: 1, out: '', err: expect.stringMatching(message) });
  expect(err.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
  expect(err).not.toMatch(/^\s+at /m);
}

it.each<[string, () => readonly string[], RegExp]>([
  ['neither source nor rollback', () => [], /expected either --source or --rollback, got neither/],
  ['no such source', () => ['--source', 'no/such/folder'], /--source: expected a folder, got nothing at no\/such/],
  ['a file as source', () => ['--source', 'package.json'], /--source: expected a folder, got a file/],
  [
    'nothing to publish in it',
    () => ['--source', `${world.state}/only-secrets`],
    /expected files to publish, got none/,
  ],
  ['no such option', () => ['--source', folder, '--sauce'], /Unknown option '--sauce'; usage: npm run/],
  ['a number that is none', () => ['--source', folder, '--keep', 'all'], /--keep: expected a whole number from 1/],
  [
    'a missing bucket',
    () => ['--source', folder, '--bucket', 'no-such-bucket'],
    /got 404 NoSuchBucket.*correct the name/,
  ],
  ['nothing to go back to', () => ['--rollback'], /--rollback: expected a kept release, got no earlier one/],
  ['an unknown release', () => ['--rollback', 'beef'], /--rollback: expected a kept release, got beef; kept.*none/],
  ['a missing replica', () => ['--source', folder, '--replica-bucket', 'none'], /replica none: .*NoSuchBucket/],
])('%s is told in a line', async (_, args, message) => {
  expectMistake(await run(args()), message);
});

it.each<[string, Fate, RegExp]>([
  ['bad credentials', 'InvalidAccessKeyId', /got 403 InvalidAccessKeyId .*; use credentials that exist/],
  ['no permission', 'AccessDenied', /got 403 AccessDenied .*; allow these credentials to/],
])('%s: the mend is told', async (_, fate, message) => {
  world.proxy.fate = () => fate;
  expectMistake(await run(['--source', folder]), message);
});

it('no credentials: how to give them is told', async () => {
  const none = {
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: world.state,
  };
  expectMistake(await run(['--source', folder], none), /credentials: expected some, got .*; set AWS_PROFILE/);
});

it.each([
  ['refuses connections', /ECONNREFUSED/],
  ['is silent', /silence for/],
] as const)(
  'an endpoint that %s is named, within 30 s',
  async (kind, message) => {
    const { endpoint = '', ran } = unreachable.get(kind) ?? {};
    const result = (await ran) as Ran;
    expectMistake(result, message);
    expect(result.err).toContain(endpoint);
  },
  LIMIT_MS,
);

it('what was left out is named, and the result is one line of JSON', async () => {
  makeSite(`${world.state}/with-secrets`, { ...build('1'), '.env': 'secret', '.git/config': 'secret' });
  const { code, out, err } = await run(['--source', `${world.state}/with-secrets`, '--json']);
  expect([code, err.trim()]).toEqual([0, 'left out: .env, .git/']);
  expect(Object.keys(JSON.parse(out))).toEqual(
    ['release', 'uploaded', 'skipped', 'deleted', 'bytes', 'invalidated', 'seconds'], // as documented
  );
  expect(await treeOf(world.bucket)).toEqual(build('1'));
});

/** A user of a real Redis or Valkey with two passwords, of which one replaces the other while a client is connected. What ElastiCache does with its answer is a stand-in's `ACL SETUSER`. */
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { Redis } from 'ioredis';
import { type Login, twoPasswords } from '../../lambda/session-rotation/user';
import { freePort } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { startRedis } from '../../lib/rehearsal/servers';
import { foundTools } from '../support/backend';
import { end, listen, portOf } from '../support/nginx';
import { VaultInMemory } from '../support/vault';

const STATE = resolve('.holdfast/integration-rotation-sessions');
const FIRST: Login = { username: 'app', password: 'first'.repeat(8) };
const ACCESS = ['~*', '+@all', '-@dangerous', '+info'];

let server: Running;
let elastiCache: Awaited<ReturnType<typeof listen>>;
let at: { readonly host: string; readonly port: number };
let administrator: Redis;
/** What was asked of ElastiCache, and how often it says that it is at work. */
const asked: string[] = [];
let modifying = 0;

const core = () =>
  twoPasswords({
    ...at,
    user: 'holdfast-test-app',
    tls: false,
    pauseMs: 20,
    patienceMs: 500,
    caller: {
      region: 'eu-west-1',
      endpoint: `http://127.0.0.1:${portOf(elastiCache)}`,
      credentials: () => ({ accessKeyId: 'x', secretAccessKey: 'x' }),
    },
  });

const client = ({ username, password }: Login) =>
  new Redis({ ...at, username, password, lazyConnect: true, retryStrategy: () => null });
async function opens(login: Login): Promise<boolean> {
  const redis = client(login);
  redis.on('error', () => undefined);
  const open = await redis.connect().then(
    () => redis.set('key', 'value').then(() => true),
    () => false,
  );
  redis.disconnect();
  return open;
}

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(STATE, { recursive: true });
  at = { host: '127.0.0.1', port: await freePort() };
  server = await startRedis(await foundTools(), { ...at, folder: `${STATE}/redis`, logFile: `${STATE}/redis.log` });
  administrator = new Redis(at);
  elastiCache = await listen(async (request, answer) => {
    let body = '';
    for await (const piece of request) body += piece;
    const form = new URLSearchParams(body);
    asked.push(form.get('Action') ?? '');
    if (form.get('Action') === 'ModifyUser') {
      const passwords = [1, 2].flatMap((n) => form.get(`AuthenticationMode.Passwords.member.${n}`) ?? []);
      await administrator.call('ACL', 'SETUSER', 'app', 'resetpass', ...passwords.map((each) => `>${each}`));
      modifying = 2;
    }
    const status = modifying-- > 0 ? 'modifying' : 'active';
    answer.end(`<r><UserId>${form.get('UserId')}</UserId><Status>${status}</Status></r>`);
  });
});
beforeEach(async () => {
  asked.length = 0;
  modifying = 0;
  await administrator.call('ACL', 'SETUSER', 'app', 'reset', 'on', `>${FIRST.password}`, ...ACCESS);
});
afterAll(async () => {
  administrator.disconnect();
  await end(elastiCache);
  await server.stop();
});

it('replaces a password, of which the former stays good until the next rotation', async () => {
  const vault = new VaultInMemory(FIRST);
  await vault.rotate(core());
  const second = vault.current;
  expect([await opens(FIRST), await opens(second)]).toEqual([true, true]);
  await vault.rotate(core());
  expect([await opens(FIRST), await opens(second), await opens(vault.current)]).toEqual([false, true, true]);
});

it('interrupts no client that is connected', async () => {
  const vault = new VaultInMemory(FIRST);
  const connected = client(FIRST);
  await connected.connect();
  for (let times = 0; times < 2; times++) {
    await vault.rotate(core());
    expect(await connected.set('key', `${times}`)).toBe('OK');
  }
  connected.disconnect();
});

it('waits until every node has it', async () => {
  await new VaultInMemory(FIRST).rotate(core());
  expect(asked).toEqual(['DescribeUsers', 'ModifyUser', 'DescribeUsers', 'DescribeUsers']);
});

it('gives up, before it changes anything, when the user is at work for too long', async () => {
  modifying = 1000;
  await expect(new VaultInMemory(FIRST).rotate(core())).rejects.toThrow(
    'holdfast-test-app: expected it to be active within 500 ms, got modifying',
  );
  expect(asked).not.toContain('ModifyUser');
});

it('goes on when each step was done twice, and after one that was given up', async () => {
  const vault = new VaultInMemory(FIRST);
  const lost = vault.begin();
  for (const step of ['createSecret', 'createSecret', 'setSecret', 'setSecret']) await vault.step(core(), step, lost);
  await vault.rotate(core());
  expect([await opens(FIRST), await opens(vault.current)]).toEqual([true, true]);
});

it('refuses to promote a password that opens nothing, and does not say it', async () => {
  const vault = new VaultInMemory(FIRST);
  const token = vault.begin();
  await vault.step(core(), 'createSecret', token);
  const { password = '' } = vault.valueOf('AWSPENDING') ?? {};
  const refused = await vault.step(core(), 'testSecret', token).catch((error: Error) => error);
  expect(`${refused}`).toMatch(/WRONGPASS/);
  expect(`${refused}`).not.toContain(password);
});

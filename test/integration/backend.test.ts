/** The backend's process as it is shipped, against a real Redis and a real PostgreSQL that fail. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, freePorts } from '../../lib/rehearsal/ports';
import { startPostgres } from '../../lib/rehearsal/postgres';
import type { Running } from '../../lib/rehearsal/process';
import { startBackend, startRedis } from '../../lib/rehearsal/servers';
import { type Tools, tools } from '../../lib/rehearsal/tools';

const STATE = '.holdfast/integration';
const RELEASE = resolve('dist');
const SCRIPT = resolve(RELEASE, 'backend/server.js');
const SECRET = 'a'.repeat(32);
const json = { 'content-type': 'application/json' };

let found: Tools;
let redis: Running;
let postgres: Running;
let backend: Running;
let ports: { redis: number; postgres: number; backend: number };
let env: Record<string, string>;

const log = (name: string) => `${STATE}/${name}.log`;
const redisAgain = () => startRedis(found, { port: ports.redis, folder: `${STATE}/redis`, logFile: log('redis') });
const postgresAgain = () =>
  startPostgres(found, { port: ports.postgres, folder: resolve(STATE, 'postgres'), logFile: log('postgres') });
const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${ports.backend}${path}`, init);
const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  ask(path, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
const until = async (holds: () => Promise<boolean>) => {
  for (const end = Date.now() + 10_000; !(await holds().catch(() => false)); await wait(50)) {
    if (Date.now() > end) throw new Error('it did not come within 10 s');
  }
};

const somebody = { email: 'Somebody@Example.com', password: 'correct horse' };

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(STATE, { recursive: true });
  found = await tools({ say: (line) => process.stderr.write(`${line}\n`) });
  const [redisPort = 0, postgresPort = 0, backendPort = 0] = await freePorts(3);
  ports = { redis: redisPort, postgres: postgresPort, backend: backendPort };
  [redis, postgres] = await Promise.all([redisAgain(), postgresAgain()]);
  env = {
    NODE_ENV: 'production',
    MIGRATE: '1',
    TRUST_PROXY: '1',
    DRAIN_MS: '200',
    SESSION_SECRET: SECRET,
    REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
    DATABASE_URL: `postgresql://postgres@127.0.0.1:${ports.postgres}/postgres`,
  };
  backend = await startBackend({ port: ports.backend, release: RELEASE, logFile: log('backend'), env });
  await post('/api/register', somebody);
});

afterAll(async () => {
  for (const part of [backend, postgres, redis]) await part?.stop();
});

it('refuses an address that is taken, whatever its case', async () => {
  expect((await post('/api/register', { ...somebody, email: 'somebody@example.com' })).status).toBe(409);
});

it('names each field that is wrong', async () => {
  const response = await post('/api/register', { email: 'nobody', password: 'short' });
  expect(response.status).toBe(400);
  expect(Object.keys((await response.json()).fields).sort()).toEqual(['email', 'password']);
});

it('answers an unknown address as a wrong password', async () => {
  const wrong = await post('/api/login', { ...somebody, password: 'wrong password' });
  const unknown = await post('/api/login', { email: 'nobody@example.com', password: 'wrong password' });
  expect([wrong.status, await wrong.text()]).toEqual([unknown.status, await unknown.text()]);
  expect(wrong.status).toBe(401);
});

it('gives a cookie that scripts and foreign sites cannot use, and only HTTPS carries', async () => {
  const response = await post('/api/login', somebody, { 'x-forwarded-proto': 'https' });
  const [cookie = ''] = response.headers.getSetCookie();
  expect(cookie).toMatch(/; HttpOnly/);
  expect(cookie).toMatch(/; Secure/);
  expect(cookie).toMatch(/; SameSite=Lax/);
  expect(cookie).toMatch(/; Max-Age=86400/);
});

it('gives a new id at login and ends the old session', async () => {
  const before = cookieOf(await post('/api/login', somebody));
  const after = cookieOf(await post('/api/login', somebody, { cookie: before }));
  expect(after).not.toBe(before);
  expect((await ask('/api/profile', { headers: { cookie: before } })).status).toBe(401);
  expect((await ask('/api/profile', { headers: { cookie: after } })).status).toBe(200);
});

it('ends a session at logout', async () => {
  const cookie = cookieOf(await post('/api/login', somebody));
  expect((await ask('/api/logout', { method: 'POST', headers: { cookie } })).status).toBe(204);
  expect((await ask('/api/profile', { headers: { cookie } })).status).toBe(401);
});

it('refuses what another site sends in a visitor’s name', async () => {
  expect((await post('/api/logout', {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
});

it('says 503 and never 401 while Redis is gone, and knows the session when it is back', async () => {
  const cookie = cookieOf(await post('/api/login', somebody));
  await redis.stop();
  const during = await ask('/api/profile', { headers: { cookie } });
  expect([during.status, during.headers.get('retry-after')]).toEqual([503, '2']);
  expect((await ask('/livez')).status).toBe(200);
  expect((await ask('/readyz')).status).toBe(503);
  redis = await redisAgain();
  await until(async () => (await ask('/api/profile', { headers: { cookie } })).status === 200);
});

it('says 503 while PostgreSQL is gone, lives, and recovers', async () => {
  await postgres.stop();
  expect((await post('/api/login', somebody)).status).toBe(503);
  expect((await ask('/health')).status).toBe(503);
  expect((await ask('/livez')).status).toBe(200);
  postgres = await postgresAgain();
  await until(async () => (await post('/api/login', somebody)).status === 200);
});

it('finishes what it began and leaves with 0 when it is told to go', async () => {
  const port = await freePort();
  const child = spawn(process.execPath, [SCRIPT], {
    env: { ...process.env, ...env, PORT: `${port}` },
    stdio: 'ignore',
  });
  await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200);
  const slow = fetch(`http://127.0.0.1:${port}/api/login`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify(somebody),
  });
  await wait(20);
  child.kill('SIGTERM');
  expect((await slow).status).toBe(200);
  expect((await once(child, 'exit'))[0]).toBe(0);
});

it('names every variable that is missing in one line and prints no value', async () => {
  const child = spawn(process.execPath, [SCRIPT], {
    env: { PATH: process.env.PATH, SESSION_SECRET: 'hush', PORT: 'x' },
    stdio: 'pipe',
  });
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  expect((await once(child, 'exit'))[0]).toBe(1);
  expect(said.trim().split('\n')).toHaveLength(1);
  for (const name of ['PORT', 'REDIS_URL', 'DATABASE_URL', 'SESSION_SECRET']) expect(said).toContain(name);
  expect(said).not.toContain('hush');
});

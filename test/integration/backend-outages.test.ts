/** The backend's process while what it needs is away, and while it is told to go. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { freePort, freePorts } from '../../lib/rehearsal/ports';
import { Bench, SCRIPT, until } from '../support/backend';

const bench = new Bench('outages');
beforeAll(() => bench.start());
afterAll(() => bench.stop());

/** A process that nobody waits for until it is ready. */
function started(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [SCRIPT], { env: { PATH: process.env.PATH, ...env }, stdio: 'pipe' });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      said += data;
    });
  return { child, said: () => said };
}

it('says 503 and never 401 while Redis is gone, and knows the session when it is back', async () => {
  const { cookie } = await bench.visitor();
  await bench.redis.stop();
  const during = await bench.get('/api/profile', { cookie });
  expect([during.status, during.headers.get('retry-after')]).toEqual([503, '2']);
  expect((await bench.get('/livez')).status).toBe(200);
  expect((await bench.get('/readyz')).status).toBe(503);
  await bench.startRedis();
  await until(async () => (await bench.get('/api/profile', { cookie })).status === 200);
});

it('refuses a token that may be revoked while nobody can say', async () => {
  const { person } = await bench.visitor();
  const { token } = await (await bench.post('/api/token', person)).json();
  await bench.redis.stop();
  const during = await bench.get('/api/token/profile', { authorization: `Bearer ${token}` });
  expect(during.status).toBe(503);
  await bench.startRedis();
  await until(async () => (await bench.get('/readyz')).status === 200);
});

it('limits nobody and still finds products while Redis is gone, and counts how often', async () => {
  await bench.redis.stop();
  expect((await bench.get('/api/products/1')).status).toBe(200);
  expect(await (await bench.get('/metrics')).text()).toMatch(/rate_limit_unavailable_total [1-9]/);
  await bench.startRedis();
  await until(async () => (await bench.get('/readyz')).status === 200);
});

it('says 503 while PostgreSQL is gone, lives, and recovers; who is logged in stays it', async () => {
  const { person, cookie } = await bench.visitor();
  await bench.postgres.stop();
  expect((await bench.post('/api/login', person)).status).toBe(503);
  expect((await bench.get('/health')).status).toBe(503);
  expect((await bench.get('/livez')).status).toBe(200);
  expect((await bench.get('/api/profile', { cookie })).status).toBe(200);
  await bench.startPostgres();
  await until(async () => (await bench.post('/api/login', person)).status === 200);
});

it('starts without its servers, alive and not ready, and is ready when they come', async () => {
  await Promise.all([bench.redis.stop(), bench.postgres.stop()]);
  const port = await freePort();
  const { child } = started({ ...bench.env, PORT: `${port}` });
  try {
    await until(async () => (await bench.ask('/livez', {}, port)).status === 200);
    expect((await bench.ask('/readyz', {}, port)).status).toBe(503);
    await Promise.all([bench.startRedis(), bench.startPostgres()]);
    await until(async () => (await bench.ask('/readyz', {}, port)).status === 200);
  } finally {
    child.kill('SIGKILL');
  }
});

it('migrates once when several start at the same time', async () => {
  const database = bench.env.DATABASE_URL?.replace(/postgres$/, 'template1') ?? '';
  const ports = await freePorts(3);
  const all = ports.map((port) => started({ ...bench.env, DATABASE_URL: database, PORT: `${port}` }));
  try {
    await Promise.all(ports.map((port) => until(async () => (await bench.ask('/readyz', {}, port)).status === 200)));
    const migrated = all.map(({ said }) => /"migrations":\[[^\]]+\]/.test(said()));
    expect(migrated.filter(Boolean)).toHaveLength(1);
    expect(all.map(({ said }) => said()).join()).not.toContain('migration failed');
  } finally {
    for (const { child } of all) child.kill('SIGKILL');
  }
});

it('finishes what it began, closes sockets with 1012 and leaves with 0, however often it is told to go', async () => {
  const port = await freePort();
  const { person } = await bench.visitor();
  const { child } = started({ ...bench.env, PORT: `${port}` });
  await until(async () => (await bench.ask('/readyz', {}, port)).status === 200);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  await once(socket, 'open');
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(person) };
  const slow = bench.ask('/api/login', init, port);
  await wait(20);
  child.kill('SIGTERM');
  await wait(20);
  child.kill('SIGTERM');
  const [[code], ended] = await Promise.all([
    once(socket, 'close'),
    once(child, 'exit'),
    slow.then(({ status }) => expect(status).toBe(200)),
  ]);
  expect([code, ended[0]]).toEqual([1012, 0]);
});

it('hangs up on one GET before its listener closes, so that NGINX asks another process, and answers all else', async () => {
  const port = await freePort();
  const { child } = started({ ...bench.env, PORT: `${port}` });
  await until(async () => (await bench.ask('/readyz', {}, port)).status === 200);
  child.kill('SIGTERM');
  await wait(100);
  expect((await bench.ask('/api/products/1', {}, port)).status).toBe(200);
  await wait(200);
  expect((await bench.ask('/api/orders', { method: 'POST' }, port)).status).toBe(400);
  expect((await bench.ask('/livez', {}, port)).status).toBe(200);
  await expect(bench.ask('/api/products/1', {}, port)).rejects.toThrow('fetch failed');
  expect((await once(child, 'exit'))[0]).toBe(0);
});

it('leaves with 0 though a client never ends its request', async () => {
  const port = await freePort();
  const { child } = started({ ...bench.env, PORT: `${port}` });
  await until(async () => (await bench.ask('/readyz', {}, port)).status === 200);
  const slow = connect(port, '127.0.0.1');
  slow.write('GET /api/profile HTTP/1.1\r\n');
  await wait(100);
  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(0);
  slow.destroy();
});

it('names every variable that is missing or malformed in one line and prints no value', async () => {
  const { child, said } = started({ SESSION_SECRET: 'hush', PORT: 'x', RATE_LIMIT: 'off', NODE_ENV: 'production' });
  expect((await once(child, 'exit'))[0]).toBe(1);
  expect(said().trim().split('\n')).toHaveLength(1);
  for (const name of ['PORT', 'REDIS_URL', 'DATABASE_URL', 'SESSION_SECRET', 'JWT_SECRET', 'RATE_LIMIT'])
    expect(said()).toContain(name);
  expect(said()).not.toContain('hush');
});

it('says in one line that its port is in use', async () => {
  const { child, said } = started({ ...bench.env, PORT: `${bench.port}` });
  expect((await once(child, 'exit'))[0]).toBe(1);
  const plain = said()
    .split('\n')
    .filter((line) => line && !line.startsWith('{'));
  expect(plain).toEqual([`PORT: expected a free port, got ${bench.port}, which is in use`]);
});

it('logs a line of JSON for each request, with its ids and without secrets', async () => {
  const { cookie } = await bench.visitor();
  await bench.get('/api/orders?after=1', { cookie, 'x-request-id': 'find-me', 'x-amzn-trace-id': 'Root=1-a' });
  const log = () => readFileSync(bench.log(`backend-${bench.port}`), 'utf8');
  await until(async () => log().includes('find-me'));
  const line = JSON.parse(
    log()
      .split('\n')
      .find((each) => each.includes('find-me')) ?? '{}',
  );
  expect(line).toMatchObject({ reqId: 'find-me', trace: 'Root=1-a', route: '/api/orders', status: 200, method: 'GET' });
  expect(log()).not.toContain(cookie.slice('sid='.length, 40));
  expect(log()).not.toContain('correct horse');
});

/** The backend on a database that takes no writes: the replica of the region that waits, and a primary that was fenced off. Real servers; nothing of AWS. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { postgresSays, promote, startStandby } from '../../lib/rehearsal/standbys';
import { Bench, cookieOf, type Person, SCRIPT, until } from '../support/backend';

const bench = new Bench('standby');
let replica: Running;
let at: { readonly host: string; readonly port: number };
let port: number;
let person: Person;

/** That its outbox has somewhere to send to; nobody is there. */
const QUEUE = { QUEUE_URL: 'http://127.0.0.1:1/000000000000/jobs', AWS_REGION: 'eu-central-1' };
const url = (database = 'postgres') => `postgresql://postgres@127.0.0.1:${at.port}/${database}`;
/** A cookie, also of a busy machine, which refuses logins. */
async function login(to: number): Promise<string> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(person) };
  let cookie = '';
  await until(async () => {
    cookie = cookieOf(await bench.ask('/api/login', init, to));
    return cookie !== '';
  });
  return cookie;
}
const order = (cookie: string, to: number) =>
  bench.ask(
    '/api/orders',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie, 'idempotency-key': randomUUID() },
      body: JSON.stringify({ product: 'Rope', quantity: 1 }),
    },
    to,
  );
const said = (of: number) =>
  readFileSync(bench.log(`backend-${of}`), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { readonly level: number; readonly msg: string });
const WARN = 40;

beforeAll(async () => {
  await bench.start();
  ({ person } = await bench.visitor());
  at = { host: '127.0.0.1', port: await freePort() };
  const place = { ...at, folder: resolve('.holdfast/integration-standby/replica'), logFile: bench.log('replica') };
  replica = await startStandby(bench.tools, place, bench.database, 'replica');
  port = await bench.another({ ...QUEUE, DATABASE_URL: url() });
}, 60_000);
afterAll(async () => {
  await bench.stop();
  await replica?.stop();
});

it('starts, is ready and healthy on a replica, applies nothing and says so', async () => {
  for (const path of ['/readyz', '/health']) expect((await bench.ask(path, {}, port)).status).toBe(200);
  expect(said(port).filter(({ msg }) => msg.includes('nothing was applied'))).toHaveLength(1);
});

it('is not ready where the schema is behind, and tells of it once', async () => {
  const child = spawn(process.execPath, [SCRIPT], {
    env: { PATH: process.env.PATH, ...bench.env, DATABASE_URL: url('template1'), PORT: `${await freePort()}` },
    stdio: 'pipe',
  });
  let out = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  try {
    await until(async () => out.includes('migration failed'));
    await wait(2000);
    expect(out.match(/migration failed/g)).toHaveLength(1);
    expect(out).toContain('expected 0001_users.sql');
  } finally {
    child.kill('SIGKILL');
  }
});

it('answers what reads: products, a login, the list of orders', async () => {
  expect((await bench.ask('/api/products/1', {}, port)).status).toBe(200);
  const cookie = await login(port);
  expect((await bench.ask('/api/orders', { headers: { cookie } }, port)).status).toBe(200);
});

it('says 503 with Retry-After to what writes, while reads go on beside it on the connections they have', async () => {
  const cookie = await login(port);
  const opened = async () => {
    const [row] = await postgresSays(
      at,
      'select sessions::int as n from pg_stat_database where datname = $$postgres$$',
    );
    return Number(row?.n);
  };
  await wait(1100);
  const before = await opened();
  for (let n = 0; n < 50; n++) {
    const refused = await order(cookie, port);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    expect((await bench.ask('/api/orders', { headers: { cookie } }, port)).status).toBe(200);
  }
  await wait(1100); // PostgreSQL tells its figures late
  expect((await opened()) - before).toBeLessThan(25); // not one for each refusal
});

it('is quiet while nobody asks', async () => {
  const warned = () => said(port).filter(({ level }) => level >= WARN).length;
  const before = warned();
  await wait(8000); // the outbox looks every few seconds
  expect(warned() - before).toBe(0);
});

it('takes writes as soon as the replica is promoted, without a restart', async () => {
  const cookie = await login(port);
  expect((await order(cookie, port)).status).toBe(503);
  await promote(at);
  const begin = performance.now();
  await until(async () => (await order(cookie, port)).status === 201);
  expect(performance.now() - begin).toBeLessThan(2000);
});

it('reads and writes nothing on a primary that was fenced off, and goes on when the fence is lowered', async () => {
  const cookie = await login(bench.port);
  await bench.sql(['alter system set default_transaction_read_only = on']);
  await until(async () => (await order(cookie, bench.port)).status === 503);
  expect((await bench.ask('/readyz')).status).toBe(200);
  expect((await bench.ask('/api/orders', { headers: { cookie } })).status).toBe(200);
  await bench.sql(['alter system reset default_transaction_read_only']);
  await until(async () => (await order(cookie, bench.port)).status === 201);
});

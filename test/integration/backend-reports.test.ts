/** Errors of the backend's process, as an error tracker gets them, and that a tracker which doesn't answer harms nobody. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { Bench, until } from '../support/backend';
import { eventsIn, Receiver } from '../support/telemetry';

const bench = new Bench('reports');
const tracker = new Receiver();
let dsn: string;
let told: number;
let cookie: string;

/** Fails with 500: the database refuses it, in words of which some are secret. */
const order = (port: number, product = 'Rope') =>
  bench.ask(
    '/api/orders',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), cookie },
      body: JSON.stringify({ product, quantity: 1 }),
    },
    port,
  );

beforeAll(async () => {
  dsn = `http://key@${await tracker.open()}/7`;
  await bench.start();
  ({ cookie } = await bench.visitor());
  const database = new Client({ connectionString: bench.env.DATABASE_URL });
  await database.connect();
  await database.query(`create function refuse() returns trigger language plpgsql as $$ begin
    raise exception 'no % for somebody@example.com at 10.1.2.3, see postgresql://app:hunter2@db/app', new.product; end $$;
    create trigger refuse before insert on orders for each row execute function refuse()`);
  await database.end();
  told = await bench.another({ ERROR_DSN: dsn, ENVIRONMENT: 'staging' });
});
afterAll(async () => {
  await bench.stop();
  tracker.close();
});

describe('an error that nobody foresaw', () => {
  it('is told as an event in an envelope, under the key of the DSN', async () => {
    expect((await order(told)).status).toBe(500);
    await until(async () => tracker.taken.length > 0);
    expect(tracker.taken[0]?.path).toMatch(/^\/api\/7\/envelope\/\?.*sentry_key=key/);
    expect(eventsIn(tracker.taken)).toHaveLength(1);
  });

  it('says where and in which environment, with a stack and the id of the request', () => {
    const [event] = eventsIn(tracker.taken);
    expect(event).toMatchObject({ environment: 'staging', transaction: 'POST /api/orders', platform: 'node' });
    expect(event.tags.request).toMatch(/^[\w-]{36}$/);
    expect(event.exception.values[0].stacktrace.frames.length).toBeGreaterThan(1);
  });

  it('tells no person, no address, no access', () => {
    const [{ text = '' } = {}] = tracker.taken;
    expect(text).toContain('no Rope for [email] at [address], see postgresql://[access]@db/app');
    for (const secret of ['somebody@', '10.1.2.3', 'hunter2', cookie]) expect(text).not.toContain(secret);
  });

  it('is told once a minute, however often it comes', async () => {
    for (let time = 0; time < 5; time++) await order(told);
    await wait(500);
    expect(tracker.taken).toHaveLength(1);
  });

  it('is told beside another', async () => {
    await order(told, 'Tent');
    await until(async () => tracker.taken.length === 2);
  });
});

it('tells no mistake of a client and no outage', async () => {
  const before = tracker.taken.length;
  await bench.ask('/api/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }, told);
  await bench.ask('/api/nothing', {}, told);
  await wait(500);
  expect(tracker.taken.length).toBe(before);
});

it('tells what ends the process, which still ends with 1', async () => {
  const hook = resolve('.holdfast/integration-reports/hook.cjs');
  writeFileSync(hook, "process.on('SIGUSR2', () => { throw new Error('nobody caught me') })");
  const port = await bench.another({ ERROR_DSN: dsn, NODE_OPTIONS: `--require ${hook}` });
  bench.signal(port, 'SIGUSR2');
  expect(await bench.ended(port)).toBe(1);
  expect(eventsIn(tracker.taken).at(-1).exception.values[0].value).toBe('nobody caught me');
});

it('asks a tracker that answers 429 no more until it may', async () => {
  tracker.status = 429;
  tracker.headers = { 'retry-after': '60' };
  const before = tracker.taken.length;
  for (const product of ['A', 'B', 'C', 'D']) {
    expect((await order(told, product)).status).toBe(500);
    await wait(200);
  }
  expect(tracker.taken.length - before).toBe(1);
});

it.each([
  ['is down', 'http://key@127.0.0.1:1/7', 0],
  ['never answers', undefined, 60_000],
])('a tracker that %s delays no answer', async (_, address, delayMs) => {
  tracker.delayMs = delayMs;
  const port = await bench.another({ ERROR_DSN: address ?? dsn });
  const began = performance.now();
  for (let time = 0; time < 40; time++) {
    const { status } = await order(port, `${time}`);
    expect([500, 503]).toContain(status); // 503 where the machine is busy with something else
  }
  expect((performance.now() - began) / 40).toBeLessThan(1000);
  expect((await bench.ask('/readyz', {}, port)).status).toBe(200);
});

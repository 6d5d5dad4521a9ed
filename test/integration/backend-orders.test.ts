/** Orders and products, asked of the backend's process. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { Bench } from '../support/backend';

const bench = new Bench('orders');
let cookie: string;

beforeAll(async () => {
  await bench.start();
  ({ cookie } = await bench.visitor());
});
afterAll(() => bench.stop());

const order = (body: unknown, key: string = randomUUID(), as = cookie) =>
  bench.post('/api/orders', body, { cookie: as, 'idempotency-key': key });
const rope = { product: 'Rope', quantity: 2 };

describe('an order', () => {
  it('is placed once, however often it is sent', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 8 }, () => order(rope, key)));
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(1);
    expect(bodies[0]).toMatchObject(rope);
  });

  it('is refused under the key of another', async () => {
    const key = randomUUID();
    await order(rope, key);
    expect((await order({ ...rope, quantity: 3 }, key)).status).toBe(422);
  });

  it('shares no key with another user', async () => {
    const key = randomUUID();
    const { cookie: other } = await bench.visitor();
    expect([(await order(rope, key)).status, (await order(rope, key, other)).status]).toEqual([201, 201]);
  });

  it('needs somebody who orders, by session or by token', async () => {
    expect((await order(rope, 'k', '')).status).toBe(401);
    const { person } = await bench.visitor();
    const { token } = await (await bench.post('/api/token', person)).json();
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': 'k' };
    expect((await bench.post('/api/orders', rope, headers)).status).toBe(201);
  });

  it.each([
    ['no key', rope, ''],
    ['no quantity', { product: 'Rope' }, 'k'],
    ['half a piece', { product: 'Rope', quantity: 0.5 }, 'k'],
    ['nothing', { product: 'Rope', quantity: 0 }, 'k'],
    ['a number in words', { product: 'Rope', quantity: '2' }, 'k'],
    ['no product', { product: '', quantity: 1 }, 'k'],
    ['text that the database cannot hold', { product: 'a\u0000b', quantity: 1 }, 'k'],
    ['half a character', { product: 'a\ud800', quantity: 1 }, 'k'],
    ['a list', [], 'k'],
  ])('with %s is the client’s mistake', async (_, body, key) => {
    expect((await order(body, key)).status).toBe(400);
  });

  it('is listed at once and newest first, page by page', async () => {
    const { cookie: own } = await bench.visitor();
    for (const quantity of [1, 2, 3]) await order({ product: 'Lantern', quantity }, randomUUID(), own);
    const first = await (await bench.get('/api/orders?limit=2', { cookie: own })).json();
    const second = await (await bench.get(`/api/orders?limit=2&after=${first.next}`, { cookie: own })).json();
    const quantities = [...first.orders, ...second.orders].map(({ quantity }) => quantity);
    expect([quantities, second.next]).toEqual([[3, 2, 1], undefined]);
  });
});

describe('a product', () => {
  it('is found by its number', async () => {
    expect(await (await bench.get('/api/products/3')).json()).toEqual({ id: 3, name: 'Lantern', cents: 3900 });
  });

  it.each([
    ['999999999', 404],
    ['abc', 400],
    ['-1', 400],
    ['1.5', 400],
    ['99999999999999999999', 400],
    ["1'--", 400],
  ])('%s is answered with %s', async (id, status) => {
    expect((await bench.get(`/api/products/${encodeURIComponent(id)}`)).status).toBe(status);
  });

  it('is asked of the database once by many who ask at the same time, and of the cache then', async () => {
    const results = async () => {
      const text = await (await bench.get('/metrics')).text();
      return ['hit', 'miss'].map((result) =>
        Number(new RegExp(`cache_results_total{result="${result}"} (\\d+)`).exec(text)?.[1] ?? 0),
      ) as [number, number];
    };
    const [, before] = await results();
    await Promise.all(Array.from({ length: 50 }, () => bench.get('/api/products/5')));
    const [hits, misses] = await results();
    await bench.get('/api/products/5');
    expect([misses - before, (await results())[0] - hits]).toEqual([1, 1]);
  });
});

it('finds what it asks for by an index', async () => {
  const client = new Client(bench.env.DATABASE_URL);
  await client.connect();
  const planOf = async (sql: string) => {
    const { rows } = await client.query(`explain ${sql}`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };
  try {
    await client.query('set enable_seqscan = off'); // a table this small is read whole otherwise
    const user = '00000000-0000-0000-0000-000000000000';
    const plans = [
      await planOf(`select * from orders where user_id = '${user}' and number < 100 order by number desc limit 10`),
      await planOf(`select * from orders where user_id = '${user}' and idempotency_key = 'k'`),
      await planOf(`select * from users where email = 'a@example.com'`),
      await planOf('select * from products where id = 1'),
    ];
    const used = plans.map((plan) =>
      /Index Scan[a-zA-Z ]* using (\w+)|Index Scan on (\w+)/.exec(plan)?.slice(1).find(Boolean),
    );
    expect(used).toEqual([
      'orders_user_number',
      'orders_user_id_idempotency_key_key',
      'users_email_key',
      'products_pkey',
    ]);
    expect(plans[0]).not.toContain('Sort');
  } finally {
    await client.end();
  }
});

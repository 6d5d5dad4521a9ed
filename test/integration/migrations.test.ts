/** Two releases on one database, as while servers are moved: code on the schema of the other. What the check of migrations lets pass is harmless to old code. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { migrationFaults } from '../../lib/commands/release/migrations';
import { Bench, cookieOf, somebody } from '../support/backend';

const FOLDER = 'app/backend/migrations';
const ALL = readdirSync(FOLDER).sort();
const sqlOf = (name: string) => readFileSync(`${FOLDER}/${name}`, 'utf8');
const LIVE = new Map(ALL.map((name) => [name, sqlOf(name)]));
const bench = new Bench('migrations');

/** One that no cache has. */
let asked = 0;

/** Whatever of the sample reads or writes tables; the statuses. */
async function visited() {
  const person = somebody();
  const register = await bench.post('/api/register', person);
  const login = await bench.post('/api/login', person);
  const cookie = cookieOf(login);
  const order = await bench.post(
    '/api/orders',
    { product: 'Rope', quantity: 2 },
    { cookie, 'idempotency-key': randomUUID() },
  );
  const orders = await bench.get('/api/orders', { cookie });
  const products = await bench.get(`/api/products/${++asked}`);
  const all = { register, login, order, orders, products };
  return Object.fromEntries(Object.entries(all).map(([name, { status }]) => [name, status]));
}
const WELL = { register: 201, login: 200, order: 201, orders: 200, products: 200 };

/** Judged as `npm run release` does, then run under the code that is up. */
async function migrated(sql: string) {
  const faults = migrationFaults(new Map([...LIVE, ['9999_next.sql', sql]]), LIVE, []);
  await bench.sql([sql]);
  return faults;
}

beforeAll(() => bench.start({ MIGRATE: '0' }), 60_000);
afterAll(() => bench.stop());

it('new code runs on the old schema: without the newest migration', async () => {
  await bench.sql(ALL.slice(0, -1).map(sqlOf));
  expect(await visited()).toEqual(WELL);
});

it('old code runs on the new schema: with all that a release may add', async () => {
  await bench.sql(ALL.slice(-1).map(sqlOf));
  const faults = await migrated(`
    alter table users add column name text;
    alter table orders add column state text not null default 'new';
    alter table orders add constraint few check (quantity < 1000000) not valid;
    create table parcels (id bigint primary key, "order" bigint references orders (number));
    create index parcels_order on parcels ("order");`);
  expect(faults).toEqual([]);
  expect(await visited()).toEqual(WELL);
});

it.each([
  [
    'alter table orders add column weight integer not null default 0; alter table orders alter column weight drop default;',
    { order: 500 },
  ],
  ['alter table products rename column name to title;', { products: 503 }],
])('old code fails on what is refused: %s', async (sql, fails) => {
  expect(await migrated(sql)).not.toEqual([]);
  expect(await visited()).toMatchObject(fails);
});

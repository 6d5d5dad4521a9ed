/** The business's figures: what a backend's log tells of real sign-ups and orders, and how Redis counts users over weeks. */
import { readFileSync } from 'node:fs';
import { Business } from '../../app/backend/metrics/business';
import type { Place } from '../../app/backend/redis/clients';
import { Store } from '../../app/backend/redis/store';
import { Bench, until } from '../support/backend';

const bench = new Bench('business');
const stores: Store[] = [];
beforeAll(() => bench.start());
afterAll(async () => {
  for (const store of stores) store.close();
  await bench.stop();
});

const DAY_MS = 86_400_000;
const START = Date.UTC(2030, 0, 1, 12);

/** A business of its own at `place`, its lines, and a way to let users come on a day. */
function at(place: Place) {
  const store = new Store({ primary: place, waitForReplica: false, onError: () => undefined });
  stores.push(store);
  const lines: Record<string, number>[] = [];
  const business = new Business(store, 'test', (line) => lines.push(line as Record<string, number>));
  const day = async (number: number, users: readonly number[]) => {
    for (const user of users) business.active({ id: `user-${user}`, email: '' });
    await business.flush(new Date(START + number * DAY_MS));
    return lines.at(-1) ?? {};
  };
  const connected = () => until(() => store.ping().then(() => true));
  return { day, connected };
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const single = (): Place => ({ mode: 'single', urls: [bench.env.REDIS_URL ?? ''] });

it('tells sign-ups, orders and what they cost, of products that have a price', async () => {
  const port = await bench.another();
  const post = (path: string, body: unknown, headers = {}) =>
    bench.ask(
      path,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) },
      port,
    );
  const person = { email: 'somebody@example.com', password: 'correct horse' };
  await post('/api/register', person);
  const { token } = await (await post('/api/token', person)).json();
  const order = (product: string, quantity: number, key: string) =>
    post('/api/orders', { product, quantity }, { authorization: `Bearer ${token}`, 'idempotency-key': key });
  expect(await (await order('Anchor', 2, 'a')).json()).toEqual({
    id: expect.any(String),
    product: 'Anchor',
    quantity: 2,
  });
  await order('Anchor', 2, 'a'); // the same again
  await order('Sextant', 1_000_000, 'b'); // more cents than an integer holds
  await order('Something else', 1, 'c');
  await bench.stop();
  const lines = readFileSync(bench.log(`backend-${port}`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const sum = (name: string) => lines.reduce((all, line) => all + (line[name] ?? 0), 0);
  expect(['SignUps', 'Orders', 'Revenue'].map(sum)).toEqual([1, 3, 98 + 189_000_000]);
  await bench.start();
});

it('tells how many of a week’s users came back in the next, when both weeks are over', async () => {
  const { day, connected } = at(single());
  await connected();
  for (const number of range(0, 7)) await day(number, range(number * 20, number * 20 + 60)); // 0–179
  for (const number of range(7, 14)) await day(number, range(90, 400));
  const { WeekRetention, ActiveUsers } = await day(14, range(0, 10));
  expect(Math.abs((WeekRetention ?? 0) - 50)).toBeLessThan(4); // 90 of 180, by HyperLogLogs
  expect(ActiveUsers).toBe(10);
});

it('tells no retention while there is no week to come back from, and none of Redis’s figures without Redis', async () => {
  const { day, connected } = at(single());
  await connected();
  expect(await day(200, [1])).not.toHaveProperty('WeekRetention');
  const away = at({ mode: 'single', urls: ['redis://127.0.0.1:1'] });
  expect(await away.day(0, [1])).toMatchObject({ SignUps: 0, Revenue: 0 });
  expect(await away.day(0, [1])).not.toHaveProperty('ActiveUsers');
});

/** The drill of the rate limit: 100 requests in 15 minutes of one client, counted over all processes, whatever the client claims to be. */
import { Client, visitor } from '../client';
import { kill } from '../faults';
import type { Finding } from '../figures';
import type { Drill, Scenario } from '../scenario';

const LIMIT = 100;
const WINDOW_S = 900;
const CLIENT = '203.0.113.7';
/** Not refused before: who was is remembered by each process, also without Redis. */
const ANOTHER = '203.0.113.8';
const PATH = '/api/products/1';

/** What a client may write to pass for another. */
const CLAIMS: readonly Readonly<Record<string, string>>[] = [
  { 'x-real-ip': '198.51.100.1' },
  { 'x-client-ip': '198.51.100.1' },
  { 'true-client-ip': '198.51.100.1' },
  { 'cf-connecting-ip': '198.51.100.1' },
  { 'fastly-client-ip': '198.51.100.1' },
  { 'x-cluster-client-ip': '198.51.100.1' },
  { 'x-original-forwarded-for': '198.51.100.1' },
  { 'cloudfront-viewer-address': '198.51.100.1:443' },
  { forwarded: 'for=198.51.100.1' },
  { via: '1.1 198.51.100.1' },
  { 'x-origin-secret': 'guess', 'cloudfront-viewer-address': '198.51.100.1:443' },
];
/** In front of what the balancer appends to X-Forwarded-For. */
const FORGED = ['198.51.100.1', '198.51.100.1, 198.51.100.2', '127.0.0.1', '::1', 'unknown', '"198.51.100.1"'];

async function run({ world, say }: Drill): Promise<readonly Finding[]> {
  const nginx = new Client(world.url);
  const clients = [nginx, ...world.backends.map(({ url }) => new Client(url))];
  const ask = (number: number, from = CLIENT, headers: Readonly<Record<string, string>> = {}, path = PATH) =>
    (clients[number % clients.length] as Client).send({ path, from, headers });
  const together = await Promise.all(Array.from({ length: LIMIT * 2 }, (_, number) => ask(number)));
  const passed = together.filter(({ status }) => status === 200);
  const refused = together.filter(({ status }) => status === 429);
  const [one] = refused;
  const named = ['retry-after', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'].filter(
    (name) => one?.headers[name],
  );
  const wait = Number(one?.headers['retry-after']);
  const claims = [
    ...(await Promise.all(CLAIMS.map((headers) => ask(0, CLIENT, headers)))),
    ...(await Promise.all(FORGED.map((first) => ask(0, `${first}, ${CLIENT}`)))),
  ];
  const fooled = claims.filter(({ status }) => status !== 429);
  const other = await ask(0, visitor(1));
  const health = await Promise.all(Array.from({ length: LIMIT + 20 }, () => ask(0, CLIENT, {}, '/livez')));
  say('Redis gone');
  await Promise.all(world.redis.map(({ part }) => kill(part.running)));
  const open = await Promise.all(Array.from({ length: 12 }, (_, number) => ask(number, ANOTHER)));
  const metrics = await Promise.all(clients.slice(1).map((client) => client.send({ path: '/metrics', from: CLIENT })));
  const counted = metrics.some(({ text }) => /^\w*limit\w*(\{.*\})? [1-9]/m.test(text));
  await Promise.all(clients.map((client) => client.close()));
  return [
    {
      demand: `exactly ${LIMIT} of ${LIMIT * 2} at once pass, over all processes`,
      measured: `${passed.length} × 200, ${refused.length} × 429`,
      holds: passed.length === LIMIT && refused.length === LIMIT,
    },
    {
      demand: `Retry-After ≤ ${WINDOW_S} s and the standard headers`,
      measured: `${wait} s, ${named.join(', ')}`,
      holds: wait > WINDOW_S - 60 && wait <= WINDOW_S && named.length === 4,
    },
    {
      demand: 'no header makes another client',
      measured: `${fooled.length} of ${claims.length} passed`,
      holds: fooled.length === 0,
    },
    { demand: 'another client is served', measured: `${other.status}`, holds: other.status === 200 },
    {
      demand: 'health is never limited',
      measured: `${health.filter(({ status }) => status === 200).length} of ${health.length}`,
      holds: health.every(({ status }) => status === 200),
    },
    {
      demand: 'without Redis it lets pass, and counts that',
      measured: `${open.filter(({ status }) => status === 200).length} of ${open.length}, ${counted ? 'counted' : 'not counted'}`,
      holds: counted && open.every(({ status }) => status === 200),
    },
  ];
}

export const LIMITER: readonly Scenario[] = [
  {
    name: 'limiter',
    about: `${LIMIT} requests in ${WINDOW_S / 60} min per client, through NGINX and every process`,
    short: true,
    run,
  },
];

/** What the backend refuses, and how: foreign sites, too much, what cannot be understood. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import securityHeaders from '../../app/server/security-headers.json';
import { Bench } from '../support/backend';

const bench = new Bench('limits');
const PARTNER = 'https://partner.example';
let limited: number;

beforeAll(async () => {
  await bench.start({ CORS_ORIGINS: PARTNER });
  limited = await bench.another({ RATE_LIMIT: '5/900' });
});
afterAll(() => bench.stop());

describe('a request in a visitor’s name', () => {
  it.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site', origin: 'https://other.example' }, 403],
    [{ origin: 'https://other.example' }, 403],
    [{ 'sec-fetch-site': 'cross-site', origin: PARTNER }, 204],
    [{ 'sec-fetch-site': 'same-origin' }, 204],
    [{}, 204],
  ])('with %j is answered with %s', async (headers, status) => {
    const { cookie } = await bench.visitor();
    const init = { method: 'POST', headers: { cookie, ...(headers as Record<string, string>) } };
    expect((await bench.ask('/api/logout', init)).status).toBe(status);
  });

  it('is allowed to exactly the pages that are listed, with credentials', async () => {
    const allowed = async (origin: string) => {
      const { headers } = await bench.ask('/api/profile', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'GET' },
      });
      return [headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')];
    };
    expect(await allowed(PARTNER)).toEqual([PARTNER, 'true']);
    expect((await allowed(`${PARTNER}.evil.example`))[0]).toBeNull();
  });
});

describe('too many requests', () => {
  const ask = (client: string, port = limited) =>
    bench.ask('/api/profile', { headers: { 'x-forwarded-for': client } }, port);
  const statuses = async (client: string, count: number, port = limited) =>
    (await Promise.all(Array.from({ length: count }, () => ask(client, port)))).map(({ status }) => status).sort();

  it('of one client are refused with the time to come back, those of others are not', async () => {
    expect(await statuses('192.0.2.1', 7)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const { headers } = await ask('192.0.2.1');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect([headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')]).toEqual(['5', '0']);
    expect(headers.get('x-accel-expires')).toBe('1'); // NGINX repeats it for a second
    const other = await ask('192.0.2.2');
    expect([other.status, other.headers.get('x-accel-expires')]).toEqual([401, null]);
  });

  it('are counted by all processes together', async () => {
    const other = await bench.another({ RATE_LIMIT: '5/900' });
    await statuses('192.0.2.3', 3);
    expect(await statuses('192.0.2.3', 3, other)).toEqual([401, 401, 429]);
  });

  it('are refused again without asking Redis and without a line in the log: a flood costs little', async () => {
    await statuses('192.0.2.4', 6);
    process.kill(bench.redis.pid, 'SIGSTOP');
    try {
      expect((await ask('192.0.2.4')).status).toBe(429);
    } finally {
      process.kill(bench.redis.pid, 'SIGCONT');
    }
    expect(readFileSync(bench.log(`backend-${limited}`), 'utf8')).not.toContain('"status":429');
  });

  it('of one IPv6 network are those of one client', async () => {
    const clients = Array.from({ length: 6 }, (_, index) => `2001:db8:1:2::${index}`);
    expect((await Promise.all(clients.map((client) => ask(client)))).map(({ status }) => status)).toContain(429);
  });

  it('to no health check are counted, nor believed of a visitor’s own header', async () => {
    const paths = ['/livez', '/readyz', '/health', '/metrics'];
    const all = Array.from({ length: 4 }, () => paths).flat();
    const found = await Promise.all(
      all.map((path) => bench.ask(path, { headers: { 'x-forwarded-for': '192.0.2.4' } }, limited)),
    );
    expect(found.map(({ status }) => status)).toEqual(all.map(() => 200));
    const spoofed = Array.from({ length: 6 }, (_, index) => ask(`198.51.100.${index}, 192.0.2.5`));
    expect((await Promise.all(spoofed)).map(({ status }) => status)).toContain(429);
  });
});

describe('what cannot be understood', () => {
  const raw = async (text: string) => {
    const socket = connect(bench.port, '127.0.0.1', () => socket.end(text));
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    await once(socket, 'close');
    return answer;
  };

  it.each([
    ['half a JSON', '{"email":', 400],
    ['a JSON that poisons prototypes', '{"__proto__": {"x": 1}}', 400],
    ['too large a body', JSON.stringify({ email: 'x'.repeat(70_000) }), 413],
  ])('such as %s is answered in JSON without a stack', async (_, body, status) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    const response = await bench.ask('/api/login', init);
    expect(response.status).toBe(status);
    expect(JSON.stringify(await response.json())).not.toMatch(/node_modules|\.js:|at /);
  });

  it.each([
    ['GET /api/products/%zz HTTP/1.1\r\nHost: x\r\n\r\n', '400'],
    ['GET\r\n\r\n', '400'],
    [`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, '431'],
  ])('such as %j is the client’s fault', async (text, status) => {
    expect((await raw(text)).split(' ')[1]).toBe(status);
  });

  it('takes no place once its client has gone, however many sent half a body', async () => {
    const half = 'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{';
    for (let group = 0; group < 3; group++) {
      const sockets = Array.from({ length: 100 }, () => connect(bench.port, '127.0.0.1'));
      for (const socket of sockets) socket.write(half);
      await wait(300); // the process has seen them
      await Promise.all(sockets.map((socket) => once(socket.resume().end(), 'close')));
    }
    expect((await bench.get('/api/products/1')).status).toBe(200);
  });

  it('gives every answer the headers of NGINX’s table', async () => {
    const answers = await Promise.all(['/livez', '/api/profile', '/api/nothing'].map((path) => bench.get(path)));
    for (const { headers } of answers) {
      for (const [name, value] of Object.entries(securityHeaders)) expect(headers.get(name)).toBe(value);
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('tells nothing of the machine', async () => {
    const answers = await Promise.all(
      ['/api/nothing', '/health', '/livez', '/api/products/x'].map((path) => bench.get(path)),
    );
    const told = (await Promise.all(answers.map((answer) => answer.text()))).join();
    expect(told).not.toMatch(/127\.0\.0\.1|postgres|node_modules|redis:\/\//);
    for (const { headers } of answers)
      expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null]);
  });
});

describe('a WebSocket', () => {
  const open = async (headers: Readonly<Record<string, string>> = {}) => {
    const socket = new WebSocket(`ws://127.0.0.1:${bench.port}/ws`, { headers });
    await once(socket, 'open');
    return socket;
  };

  it('answers ping with pong', async () => {
    const socket = await open();
    socket.send('ping');
    const [data] = await once(socket, 'message');
    socket.terminate();
    expect(String(data)).toBe('pong');
  });

  it('is refused to a page of another site', async () => {
    await expect(open({ origin: 'https://other.example', 'sec-fetch-site': 'cross-site' })).rejects.toThrow('403');
  });

  it('is closed when it sends too much', async () => {
    const socket = await open();
    for (let sent = 0; sent < 30; sent++) socket.send('ping');
    expect((await once(socket, 'close'))[0]).toBe(1008);
  });

  it('is refused beyond what one client may hold', async () => {
    const client = { 'x-forwarded-for': '192.0.2.9' };
    const sockets = await Promise.all(Array.from({ length: 100 }, () => open(client)));
    await expect(open(client)).rejects.toThrow('503');
    for (const socket of sockets) socket.terminate();
  });

  it('takes no request’s place, however many came and went', async () => {
    for (let group = 0; group < 6; group++) {
      const sockets = await Promise.all(Array.from({ length: 50 }, () => open()));
      for (const socket of sockets) socket.terminate();
      await Promise.all(sockets.map((socket) => once(socket, 'close')));
    }
    expect((await bench.get('/api/products/1')).status).toBe(200);
  });
});

it('carries the caller’s request id through its answer', async () => {
  const id = randomUUID();
  expect((await bench.get('/livez', { 'x-request-id': id })).headers.get('x-request-id')).toBe(id);
  expect((await bench.get('/livez', { 'x-request-id': 'a b;c' })).headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
});

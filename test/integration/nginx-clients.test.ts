/** Clients that mean harm, against the deployed nginx.conf: slow to ask, slow to send, slow to read, or asking far too often. */
import { once } from 'node:events';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type Answer, type Asked, end, type Front, HOST, listen, portOf, startFront } from '../support/nginx';

/** More than the buffers of two sockets hold. */
const LARGE = 'x'.repeat(14 << 20);

let backend: Server;
let front: Front;
/** Requests that a process has met, and answers it was done with, by path. */
const met: string[] = [];
const done: string[] = [];
const asked: IncomingHttpHeaders[] = [];

beforeAll(async () => {
  backend = await listen(({ url = '', headers }, answer) => {
    met.push(url);
    asked.push(headers);
    answer.on('finish', () => done.push(url));
    answer.setHeader('cache-control', 'public, max-age=60'); // decides nothing here
    if (url === '/api/refused') {
      answer.statusCode = 429;
      answer.setHeader('x-accel-expires', '60');
      answer.setHeader('retry-after', '900');
    }
    answer.end(url === '/api/large' ? LARGE : 'ok');
  });
  front = await startFront('nginx-clients', [portOf(backend)]);
}, 120_000);
afterAll(async () => {
  await front.stop();
  await end(backend);
});

/** Connections that sent `begin`, and then `byte` each second. */
async function slow(
  count: number,
  begin: string,
  byte: string,
): Promise<{ readonly sockets: readonly Socket[]; stop(): void }> {
  const sockets = Array.from({ length: count }, () => connect(front.port, '127.0.0.1'));
  for (const socket of sockets) socket.on('error', () => undefined);
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) socket.write(begin);
  const timer = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write(byte);
  }, 1000);
  const stop = () => {
    clearInterval(timer);
    for (const socket of sockets) socket.destroy();
  };
  return { sockets, stop };
}

const closing = (sockets: readonly Socket[]) =>
  Promise.all(sockets.map((socket) => new Promise((gone) => socket.resume().on('close', gone))));

/** Statuses of requests of others meanwhile, each once. */
async function others(): Promise<readonly unknown[]> {
  const statuses = new Set<unknown>();
  for (let asked = 0; asked < 100; asked++) statuses.add((await front.ask('/api/others')).status);
  return [...statuses];
}

it('answers others while 200 clients send their headers a byte a second, and gives those up', async () => {
  const { sockets, stop } = await slow(200, `GET /api/half HTTP/1.1\r\nHost: ${HOST}\r\nX-Slow: `, 'x');
  const closed = closing(sockets);
  expect(await others()).toEqual([200]);
  await closed; // for ever, if they are not given up
  stop();
  expect(met).not.toContain('/api/half');
});

it('answers others while 200 clients send their bodies a byte a second, which meet no process', async () => {
  const { stop } = await slow(200, `POST /api/body HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 1000\r\n\r\n`, 'x');
  expect(await others()).toEqual([200]);
  stop();
  expect(met).not.toContain('/api/body');
});

it('answers others while 20 clients read nothing, whose answers keep no process busy', async () => {
  const { sockets, stop } = await slow(20, `GET /api/large HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, '');
  for (const socket of sockets) socket.pause();
  while (done.filter((url) => url === '/api/large').length < sockets.length) expect(await others()).toEqual([200]);
  stop();
});

describe('a client that the backend refused', () => {
  const ask = (path: string, from: string, more: Asked = {}) =>
    front.ask(path, { ...more, headers: { ...more.headers, 'x-forwarded-for': from } });
  const metNow = async (asking: () => Promise<unknown>) => {
    const before = met.length;
    await asking();
    return met.length - before;
  };

  it.each(['GET', 'POST'])('is refused by NGINX alone while the backend says so: %s', async (method) => {
    const from = `10.0.0.${method.length}`;
    await ask('/api/refused', from, { method });
    const seen: Answer[] = [];
    const times = await metNow(async () => {
      for (let again = 0; again < 20; again++) seen.push(await ask(`/api/other?${again}`, from, { method }));
    });
    expect(times).toBe(0);
    for (const { status, headers } of seen) {
      expect([status, headers['retry-after']]).toEqual([429, '900']);
      expect(headers['x-accel-expires']).toBeUndefined();
    }
  });

  it('is the only one: another client, and what may not be done twice, reach the backend', async () => {
    await ask('/api/refused', '10.0.1.1');
    expect((await ask('/api/x', '10.0.1.2')).status).toBe(200);
    expect((await ask('/api/x', '10.0.1.1', { method: 'DELETE' })).status).toBe(200);
    expect((await ask('/health', '10.0.1.1')).status).toBe(200);
  });

  it('is the only answer that is kept, whatever a backend says of how long others may be', async () => {
    expect(
      await metNow(async () => {
        for (let again = 0; again < 3; again++) await ask('/api/x', '10.0.1.3');
      }),
    ).toBe(3);
  });

  it('asks on a condition or for a part all the same', async () => {
    const conditions = {
      'if-none-match': '"a"',
      'if-modified-since': 'Wed, 25 Nov 2026 00:00:00 GMT',
      range: 'bytes=0-1',
    };
    asked.length = 0;
    await ask('/api/x', '10.0.1.4', { headers: conditions });
    expect(asked).toMatchObject([conditions]);
  });
});

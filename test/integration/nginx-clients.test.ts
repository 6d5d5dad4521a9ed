/** Clients that hold NGINX up on purpose, against the deployed nginx.conf: slow to ask, slow to send, slow to read. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { end, type Front, HOST, listen, portOf, startFront } from '../support/nginx';

/** More than the buffers of two sockets hold. */
const LARGE = 'x'.repeat(14 << 20);

let backend: Server;
let front: Front;
/** Requests that a process has met, and answers it was done with, by path. */
const met: string[] = [];
const done: string[] = [];

beforeAll(async () => {
  backend = await listen(({ url = '' }, answer) => {
    met.push(url);
    answer.on('finish', () => done.push(url));
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

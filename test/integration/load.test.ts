/** `npm run load` as it is shipped, for 3 s against a small server that is well, slow or failing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

const STATUS: Readonly<Record<string, number>> = { '/api/register': 201, '/api/orders': 201, '/api/logout': 204 };
const seen = { addresses: new Set<string>(), cookies: 0 };
let server: Server;
/** Before an API's answer. */
let delayMs = 0;
/** Of an API's answer. @default what the contract says */
let status: number | undefined;

beforeAll(async () => {
  server = createServer(async ({ url = '', method, headers, socket }, response) => {
    seen.addresses.add(socket.remoteAddress ?? '');
    if (headers.cookie === 'sid=abc') seen.cookies++;
    if (!url.startsWith('/api/')) return response.end('<script src="/assets/index-4f2a.js"></script>');
    await wait(delayMs);
    if (url === '/api/login') response.setHeader('set-cookie', 'sid=abc; Path=/; HttpOnly');
    response.writeHead(status ?? (method === 'POST' ? (STATUS[url] ?? 200) : 200)).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

beforeEach(() => {
  delayMs = 0;
  status = undefined;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function load(...words: string[]) {
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, ['dist/bin/load.js', '--url', `http://site.localhost:${port}/`, ...words]);
  const [out, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, said, code };
}

const run = ['--rate', '100', '--duration', '3'];

it('passes a quick system, whose visitors log in and come from many addresses', async () => {
  const { out, code } = await load(...run);
  expect(out).toMatch(/^login +\d+ +0\.0 % +0( +\d+\.\d){3}$/m);
  expect(out).toMatch(/^pass {2}p95 < 200 ms /m);
  expect(out).toMatch(/^pass {2}errors < 1 % /m);
  expect(code).toBe(0);
  expect(seen.cookies).toBeGreaterThan(0);
  expect(seen.addresses.size).toBeGreaterThan(process.platform === 'linux' ? 3 : 0);
});

it('fails a slow system', async () => {
  delayMs = 250;
  const { out, code } = await load(...run);
  expect(out).toMatch(/^FAIL {2}p95 < 200 ms /m);
  expect(out).toMatch(/^pass {2}errors < 1 % /m);
  expect(code).toBe(1);
});

it('fails a system that answers with errors, and says with which', async () => {
  status = 503;
  const { out, code } = await load(...run);
  expect(out).toMatch(/^\d+ × product: 503 instead of 200$/m);
  expect(out).toMatch(/^FAIL {2}errors < 1 % /m);
  expect(code).toBe(1);
});

it('counts refusals of the rate limit apart and says what to do', async () => {
  status = 429;
  const { out, code } = await load(...run);
  expect(out).toMatch(/^pass {2}errors < 1 % /m);
  expect(out).toMatch(/^FAIL {2}refused by the rate limit < 1 % /m);
  expect(out).toContain('requestsPer15Minutes');
  expect(code).toBe(1);
});

it('ends with one line when nobody answers', async () => {
  const child = spawn(process.execPath, ['dist/bin/load.js', '--url', 'http://127.0.0.1:1/']);
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(said).toMatch(/^--url: expected a system that answers at http:\/\/127\.0\.0\.1:1\/, got ECONNREFUSED; .*\n$/);
  expect(code).toBe(1);
});

it('reports what it has when somebody ends it', async () => {
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, ['dist/bin/load.js', '--url', `http://127.0.0.1:${port}/`, '--rate', '100']);
  const out = text(child.stdout);
  await once(child.stdout, 'data');
  await wait(500);
  child.kill('SIGINT');
  expect((await once(child, 'exit'))[0]).toBe(130);
  expect(await out).toMatch(/^all +\d+ /m);
});

/** What the deployed nginx.conf makes of a request before the backend has it: name, address, path, ids, and the line in the log. */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import { type Asked, echo, end, type Front, HOST, listen, portOf, SECRET, startFront } from '../support/nginx';

let backend: Server;
let front: Front;

beforeAll(async () => {
  backend = await listen(echo);
  new WebSocketServer({ server: backend, path: '/ws' }).on('connection', (socket, { headers }) =>
    socket.on('message', (text) => socket.send(`${text} from ${headers['x-forwarded-for']}`)),
  );
  front = await startFront('nginx-visitors', [portOf(backend)]);
}, 120_000);
afterAll(async () => {
  await front.stop();
  await end(backend);
});

const seen = async (path: string, headers: Asked['headers'] = {}) =>
  JSON.parse((await front.ask(path, { headers })).body) as { url: string; headers: Record<string, string> };

describe('who is asking', () => {
  const forged = { 'cloudfront-viewer-address': '9.9.9.9:1', 'x-forwarded-for': ['6.6.6.6', '7.7.7.7, 1.2.3.4'] };

  it('is whom the balancer saw, whatever the visitor claims', async () => {
    const { headers } = await seen('/api/x', { ...forged, 'x-forwarded-proto': 'https', 'x-real-ip': '8.8.8.8' });
    expect(headers).toMatchObject({
      'x-forwarded-for': '1.2.3.4',
      'x-real-ip': '1.2.3.4',
      'x-forwarded-proto': 'https',
    });
  });

  it('is whom CloudFront saw, where the secret is right', async () => {
    const { headers } = await seen('/api/x', {
      'x-origin-secret': SECRET,
      'cloudfront-viewer-address': '2001:db8::1:443',
      'cloudfront-forwarded-proto': 'https',
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-proto': 'http',
    });
    expect(headers).toMatchObject({ 'x-forwarded-for': '2001:db8::1', 'x-forwarded-proto': 'https' });
  });

  it('is not told behind NGINX by the secret, nor by headers that others would believe', async () => {
    const { headers } = await seen('/api/x', {
      'x-origin-secret': SECRET,
      'x-forwarded-host': 'evil.example',
      forwarded: 'for=6.6.6.6',
    });
    expect(Object.keys(headers).sort()).toEqual(['host', 'x-forwarded-for', 'x-real-ip', 'x-request-id']);
  });
});

describe('the name', () => {
  it.each(['evil.example', '10.0.0.7', 'www.example.com.evil.example'])('%s is not ours: 421', async (host) => {
    expect((await front.ask('/api/x', { headers: { host } })).status).toBe(421);
    expect((await front.ask('/', { headers: { host } })).status).toBe(421);
  });

  it.each(['WWW.EXAMPLE.COM', 'www.example.com:443', 'www.example.com.'])('%s is ours', async (host) => {
    expect((await seen('/api/x', { host })).headers.host).toBe(HOST);
  });

  it('is not asked of the balancer, which checks health by address', async () => {
    expect((await front.ask('/livez', { headers: { host: '10.0.0.7' } })).status).toBe(200);
  });
});

describe('metrics and readiness', () => {
  it.each(
    ['metrics', 'readyz'].flatMap((name) => [
      `/${name}`,
      `//${name}`,
      `/${name}/`,
      `/${name}?x`,
      `/${name.toUpperCase()}`,
      `/%${name.charCodeAt(0).toString(16)}${name.slice(1)}`,
      `/api/../${name}`,
      `/api/..%2f${name}`,
      `/api/%2e%2e/${name}`,
      `/ws/../${name}`,
      `http://${HOST}/${name}`,
    ]),
  )('are out of reach as %s', async (path) => {
    const { status, body } = await front.ask(path);
    expect([status, body]).toEqual([404, '{"error":"Not found."}\n']);
  });
});

describe('the path', () => {
  it.each([
    ['/metrics/../api/x', '/api/x'],
    ['//api//x/./y', '/api/x/y'],
    ['/api/a%20b?q=%20c', '/api/a%20b?q=%20c'],
    ['/api/%0d%0aX-Evil:%20y', '/api/%0D%0AX-Evil:%20y'],
  ])('%s reaches the backend as NGINX judged it: %s', async (path, url) => {
    expect((await seen(path)).url).toBe(url);
  });
});

describe('ids', () => {
  it('that come with a request go on, and the answer says its own', async () => {
    const trace = 'Root=1-67891233-abcdef012345678912345678';
    const asked = { headers: { 'x-request-id': 'mine-1', 'x-amzn-trace-id': trace } };
    const { headers, body } = await front.ask('/api/x', asked);
    expect(JSON.parse(body).headers).toMatchObject({ 'x-request-id': 'mine-1', 'x-amzn-trace-id': trace });
    expect(headers['x-request-id']).toBe('mine-1');
  });

  it('are made where there is none', async () => {
    const { headers, body } = await front.ask('/api/x');
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.parse(body).headers['x-request-id']).toBe(headers['x-request-id']);
  });

  it('that are none go no further: they end in logs', async () => {
    const { headers } = await seen('/api/x', { 'x-request-id': '"} <script>', 'x-amzn-trace-id': 'x'.repeat(300) });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(headers).not.toHaveProperty('x-amzn-trace-id');
  });
});

describe('a WebSocket', () => {
  const open = (path: string) => {
    const headers = { host: HOST, 'x-forwarded-for': '1.2.3.4' };
    return new WebSocket(`ws://127.0.0.1:${front.port}${path}`, { headers });
  };

  it('speaks both ways at /ws, from whom the balancer saw', async () => {
    const socket = open('/ws');
    const said = await new Promise((done) => {
      socket.on('open', () => socket.send('ping'));
      socket.on('message', (text) => done(String(text)));
    });
    socket.close();
    expect(said).toBe('ping from 1.2.3.4');
  });

  it('opens nowhere else: elsewhere the wish to upgrade is dropped', async () => {
    const status = await new Promise((done) =>
      open('/api/x')
        .on('unexpected-response', (_, { statusCode }) => done(statusCode))
        .on('error', () => undefined),
    );
    expect(status).toBe(200);
  });
});

describe('the log', () => {
  it('has a line of JSON with status, time, client, process and ids, without the query', async () => {
    await front.ask('/api/logged?token=hidden', {
      headers: {
        'x-forwarded-for': '1.2.3.4',
        'x-request-id': 'mine-2',
        'x-amzn-trace-id': 'Root=1-2-3',
        cookie: 'sid=hidden',
        authorization: 'Bearer hidden',
        referer: 'https://www.example.com/?reset=hidden',
      },
    });
    const line = front.logged().find(({ path }) => path === '/api/logged');
    expect(line).toMatchObject({
      status: '200',
      method: 'GET',
      network: '1.2.3.x',
      upstream: `127.0.0.1:${portOf(backend)}`,
      upstreamStatus: '200',
      request: 'mine-2',
      trace: 'Root=1-2-3',
      seconds: expect.any(Number),
    });
  });

  it('has no secret, nor has the log of errors when the backend breaks off', async () => {
    backend.prependOnceListener('request', ({ socket }) => socket.destroy());
    expect((await front.ask('/api/broken?token=hidden', { method: 'POST' })).status).toBe(502);
    const logs = ['access.log', 'error.log'].map((name) => readFileSync(join(front.folder, 'logs', name), 'utf8'));
    expect(logs.join()).toContain('/api/broken');
    expect(logs.join()).not.toContain('hidden');
  });
});

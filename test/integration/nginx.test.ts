/** The deployed nginx.conf in a real NGINX: routes, who is asking, and what happens when a process is gone. */
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { startNginx } from '../../lib/rehearsal/servers';
import { tools } from '../../lib/rehearsal/tools';

const STATE = resolve('.holdfast/integration-nginx');
const SECRET = 's'.repeat(48);
const HOST = 'www.example.com';

let nginx: Running;
let port: number;
let backends: readonly Server[];

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** fetch sets no Host of its own, so this asks by hand. */
const ask = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
  new Promise<Answer>((done, failed) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers: { host: HOST, ...headers } }, (answer) => {
      let body = '';
      answer.on('data', (part) => {
        body += part;
      });
      answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, body }));
    });
    asked.on('error', failed);
    asked.on('upgrade', (answer, socket) => {
      socket.destroy();
      done({ status: answer.statusCode, headers: answer.headers, body: '' });
    });
    asked.end();
  });

/** Answers with what it was asked, and with a header that NGINX must replace. */
async function echo(): Promise<Server> {
  const server = createServer(({ url, headers }, answer) => {
    answer.setHeader('x-frame-options', 'DENY');
    answer.end(JSON.stringify({ url, headers }));
  });
  server.on('upgrade', (_, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const portOf = (server: Server) => (server.address() as { port: number }).port;
const headersSeen = async (headers: Readonly<Record<string, string>>) =>
  JSON.parse((await ask('/api/profile', headers)).body).headers as Record<string, string>;

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(`${STATE}/release/site/assets`, { recursive: true });
  writeFileSync(`${STATE}/release/site/index.html`, '<title>Site</title>');
  writeFileSync(`${STATE}/release/site/assets/app-1a2b.js`, 'export {}');
  backends = [await echo(), await echo()];
  port = await freePort();
  nginx = await startNginx(await tools({ say: () => undefined }), {
    port,
    folder: `${STATE}/nginx`,
    logFile: `${STATE}/nginx.log`,
    backendPorts: backends.map(portOf),
    release: `${STATE}/release`,
  });
  // as on a server behind a public balancer
  writeFileSync(`${STATE}/nginx/server/hosts.conf`, `default 0;\n${HOST} 1;\n`);
  writeFileSync(`${STATE}/nginx/server/origin.conf`, `default 0;\n"${SECRET}" 1;\n`);
  process.kill(nginx.pid, 'SIGHUP');
  await wait(1000);
}, 120_000);

afterAll(async () => {
  process.kill(nginx.pid, 'SIGTERM');
  await nginx.gone;
  for (const server of backends) {
    server.closeAllConnections();
    server.close();
  }
});

describe('the site', () => {
  it('answers any path with its page, to be asked for again each time', async () => {
    const { status, headers, body } = await ask('/somewhere/deep');
    expect([status, headers['cache-control'], body]).toEqual([200, 'no-cache', '<title>Site</title>']);
  });

  it('keeps assets for ever', async () => {
    expect((await ask('/assets/app-1a2b.js')).headers['cache-control']).toContain('immutable');
  });

  it('never answers with the page for an asset that is missing', async () => {
    expect((await ask('/assets/app-gone.js')).status).toBe(404);
  });

  it('carries the security headers', async () => {
    const { headers } = await ask('/');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toContain("default-src 'self'");
  });
});

describe('the way to the backend', () => {
  it('has each security header once', async () => {
    expect((await ask('/api/profile')).headers['x-frame-options']).toBe('SAMEORIGIN');
  });

  it('upgrades to a WebSocket', async () => {
    const { status } = await ask('/ws', { connection: 'Upgrade', upgrade: 'websocket' });
    expect(status).toBe(101);
  });

  it.each(['/readyz', '/metrics'])('ends at %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  it('answers the balancer by address, and nobody else by a name that is not ours', async () => {
    const statuses = await Promise.all([
      ask('/livez', { host: '10.0.0.7' }),
      ask('/api/profile', { host: '10.0.0.7' }),
      ask('/', { host: 'evil.example' }),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([200, 421, 421]);
  });
});

describe('who is asking', () => {
  const forged = { 'cloudfront-viewer-address': '9.9.9.9:1', 'x-forwarded-for': '6.6.6.6, 1.2.3.4' };

  it('is whom the balancer saw, whatever the visitor claims', async () => {
    const seen = await headersSeen({ ...forged, 'x-forwarded-proto': 'https' });
    expect([seen['x-forwarded-for'], seen['x-forwarded-proto']]).toEqual(['1.2.3.4', 'https']);
  });

  it('is whom CloudFront saw, where the secret is right', async () => {
    const seen = await headersSeen({
      'x-origin-secret': SECRET,
      'cloudfront-viewer-address': '2001:db8::1:443',
      'cloudfront-forwarded-proto': 'https',
      'x-forwarded-proto': 'http',
    });
    expect([seen['x-forwarded-for'], seen['x-forwarded-proto']]).toEqual(['2001:db8::1', 'https']);
  });

  it('is not told the secret behind NGINX', async () => {
    expect(await headersSeen({ 'x-origin-secret': SECRET })).not.toHaveProperty('x-origin-secret');
  });
});

it('brings every new request, a POST too, to the process that is left', async () => {
  backends[0]?.closeAllConnections();
  backends[0]?.close();
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask('/api/login', {}, 'POST')));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
});

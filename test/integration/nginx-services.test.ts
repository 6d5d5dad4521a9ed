/** Services besides the backend behind the deployed nginx.conf: whose a request is, and that it is treated as any other. Not their processes. */
import type { Server } from 'node:http';
import { echo, end, type Front, HOST, listen, portOf, startFront } from '../support/nginx';
import { written } from '../support/services';

const ADMIN = 'admin.example.com';
let servers: Record<'backend' | 'pages' | 'admin', Server>;
let front: Front;

beforeAll(async () => {
  const named = (name: string) =>
    listen((request, answer) => {
      answer.setHeader('x-service', name);
      answer.setHeader('cache-control', 'max-age=60');
      echo(request, answer);
    });
  servers = { backend: await named('backend'), pages: await named('pages'), admin: await named('admin') };
  const { nginx } = written(
    `pages:${portOf(servers.pages)}:1::/reports,/reports/* admin:${portOf(servers.admin)}:1:DATABASE:${ADMIN}`,
  );
  front = await startFront('nginx-services', [portOf(servers.backend)], () => ({
    ...nginx,
    'hosts.conf': `default 0;\n${HOST} 1;\n${ADMIN} 1;\n`,
  }));
}, 120_000);
afterAll(async () => {
  await front.stop();
  await Promise.all(Object.values(servers).map(end));
});

const at = async (path: string, host = HOST) => {
  const { status, headers, body } = await front.ask(path, { headers: { host } });
  return [
    status,
    headers['x-service'],
    headers['content-type'] === 'application/json' ? JSON.parse(body).url : undefined,
  ];
};

it.each([
  ['/reports', HOST, 'pages', '/reports'],
  ['/reports/1?a=b', HOST, 'pages', '/reports/1?a=b'],
  ['/reports/app.css', HOST, 'pages', '/reports/app.css'],
  ['/%72eports/../reports/%31', HOST, 'pages', '/reports/1'],
  ['/api/reports', HOST, 'backend', '/api/reports'],
  ['/', ADMIN, 'admin', '/'],
  ['/api/x', ADMIN, 'admin', '/api/x'],
  ['/reports/1', ADMIN, 'admin', '/reports/1'],
])('%s of %s is %s’s, which is asked for %s', async (path, host, service, url) => {
  expect(await at(path, host)).toEqual([200, service, url]);
});

it.each(['/reportsx', '/Reports/1', '/reports2/1'])('%s is the site’s', async (path) => {
  const { status, body, headers } = await front.ask(path);
  expect([status, headers['x-service'], body]).toEqual([200, undefined, '<title>Site</title>']);
});

it('answers with the one table of headers, each once, and with the service’s own caching', async () => {
  for (const [path, host] of [
    ['/reports/1', HOST],
    ['/1', ADMIN],
  ] as const) {
    const { headers, rawHeaders } = await front.ask(path, { headers: { host } });
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['x-frame-options']).toBe('SAMEORIGIN');
    expect(rawHeaders.filter((name) => name.toLowerCase() === 'x-frame-options')).toHaveLength(1);
    expect([headers['cache-control'], headers['x-powered-by']]).toEqual(['max-age=60', undefined]);
  }
});

it('tells a service who asks, and no secret of the origin', async () => {
  const { body } = await front.ask('/reports/1', {
    headers: { 'x-forwarded-for': '10.1.2.3', 'x-origin-secret': 'guess' },
  });
  expect(JSON.parse(body).headers).toMatchObject({
    'x-forwarded-for': '10.1.2.3',
    'x-real-ip': '10.1.2.3',
    host: HOST,
  });
  expect(body).not.toContain('guess');
});

it('holds requests to the limits of all', async () => {
  const answer = await front.ask('/reports/1', { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) });
  expect([answer.status, answer.body]).toEqual([413, '{"error":"The request is too large."}\n']);
});

it.each(['/metrics', '/readyz', '/METRICS/x'])('shows nobody a service’s %s', async (path) => {
  expect((await at(path, ADMIN))[0]).toBe(404);
});

it('answers to no other name', async () => {
  expect((await at('/reports/1', 'evil.example.com'))[0]).toBe(421);
});

/** What NGINX answers itself with the deployed nginx.conf: errors, limits, malformed requests, and the headers of every answer. */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { until } from '../support/backend';
import { echo, end, type Front, HOST, listen, portOf, startFront } from '../support/nginx';

let backend: Server;
let front: Front;

beforeAll(async () => {
  backend = await listen((asked, answer) => {
    if (asked.url === '/api/broken') return asked.socket.destroy();
    if (asked.url === '/api/failing') answer.statusCode = 500;
    if (asked.url === '/api/busy') {
      answer.statusCode = 503;
      answer.setHeader('retry-after', '7');
    }
    return echo(asked, answer);
  });
  front = await startFront('nginx-answers', [portOf(backend)]);
}, 120_000);
afterAll(async () => {
  await front.stop();
  await end(backend);
});

const TABLE = Object.entries<string>(JSON.parse(readFileSync('app/server/security-headers.json', 'utf8')));

/** Status, headers and body of what came over the wire. */
function parse(answer: string) {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const [line = '', ...fields] = head.split('\r\n');
  const headers = fields.map((field) => field.split(': ') as [string, string]);
  const all = (name: string) => headers.filter(([each]) => each.toLowerCase() === name.toLowerCase());
  return { status: Number(line.split(' ')[1]), all, one: (name: string) => all(name)[0]?.[1], head, body };
}

const get = (path: string, method = 'GET', more = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: ${HOST}\r\n${more}Connection: close\r\n\r\n`;

const long = 'a'.repeat(9000);

/** What was sent → the status. */
const MALFORMED: readonly (readonly [string, string, number])[] = [
  ['a path with a NUL', get('/%00'), 400],
  ['a path out of the site', get('/../../etc/passwd'), 400],
  ['a path with a broken escape', get('/%zz'), 400],
  ['a method in lower case', get('/', 'get'), 400],
  ['the method of proxies', get(`${HOST}:443`, 'CONNECT'), 405],
  ['a method that echoes', get('/api/x', 'TRACE'), 405],
  ['a method that pages do not have', get('/', 'DELETE'), 405],
  ['a header with a NUL', get('/api/x', 'GET', 'X-A: \0\r\n'), 400],
  ['a folded header', get('/api/x', 'GET', ' folded: x\r\n'), 400],
  ['two lengths', get('/api/x', 'POST', 'Content-Length: 1\r\nContent-Length: 2\r\n'), 400],
  ['a negative length', get('/api/x', 'POST', 'Content-Length: -1\r\n'), 400],
  ['a length beside chunks', get('/api/x', 'POST', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'), 400],
  ['chunks that are none', `${get('/api/x', 'POST', 'Transfer-Encoding: chunked\r\n')}zz\r\n`, 400],
  ['another encoding of the transfer', get('/api/x', 'POST', 'Transfer-Encoding: gzip\r\n'), 501],
  ['no name', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two names', get('/', 'GET', `Host: ${HOST}\r\n`), 400],
  ['a name with a blank', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
  ['a foreign name', 'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', 421],
  ['no name in the old protocol', 'GET / HTTP/1.0\r\n\r\n', 421],
  ['a protocol that does not exist', `GET / HTTP/9.9\r\nHost: ${HOST}\r\n\r\n`, 505],
  ['a handshake of TLS', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n', 400],
  ['a preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['a long address', get(`/${long}`), 414],
  ['a long header', get('/api/x', 'GET', `Cookie: ${long}\r\n`), 431],
  ['a flood of headers', get('/api/x', 'GET', 'X-Flood: x\r\n'.repeat(4000)), 431],
  ['a long body', get('/api/x', 'POST', 'Content-Length: 2000000\r\n'), 413],
  [
    'a long body in chunks',
    `${get('/api/x', 'POST', 'Transfer-Encoding: chunked\r\n')}200000\r\n${'x'.repeat(0x200000)}\r\n0\r\n\r\n`,
    413,
  ],
];

describe('a malformed request', () => {
  it.each(MALFORMED)(
    '%s is answered in JSON, with the security headers, and names no program',
    async (_, bytes, status) => {
      const answer = parse(await front.raw(bytes));
      expect([answer.status, answer.one('content-type')]).toEqual([status, 'application/json']);
      expect(Object.keys(JSON.parse(answer.body))).toEqual(['error']);
      expect(TABLE.map(([name]) => answer.all(name))).toEqual(TABLE.map((row) => [row]));
      expect(answer.one('server')).toBe('nginx'); // and no version
      expect(answer.body).not.toMatch(/nginx|<html/i);
    },
  );

  it('leaves a line of JSON in the log each time', async () => {
    await until(async () => front.logged().length >= MALFORMED.length); // NGINX logs behind its answer
  });

  it('does not keep others from being answered', async () => {
    expect((await front.ask('/api/x')).status).toBe(200);
  });
});

it('answers the old protocol', async () => {
  const { status, body } = parse(await front.raw(`GET /api/x HTTP/1.0\r\nHost: ${HOST}\r\n\r\n`));
  expect([status, JSON.parse(body).url]).toEqual([200, '/api/x']);
});

it('drops a header that a process might take for another, and passes the rest on', async () => {
  const { body } = parse(await front.raw(get('/api/x', 'GET', 'X_Forwarded_For: 6.6.6.6\r\nX-Good: 3\r\n')));
  expect(JSON.parse(body).headers).toMatchObject({ 'x-good': '3' });
  expect(body).not.toContain('6.6.6.6');
});

describe('every answer', () => {
  it.each([
    ['the page', get('/'), 200],
    ['an asset', get('/assets/app-1a2b.js'), 200],
    ['a missing asset', get('/assets/gone.js'), 404],
    ['a hidden path', get('/metrics'), 404],
    ['the backend', get('/api/x'), 200],
    ['a failing backend', get('/api/failing'), 500],
    ['a backend that broke off', get('/api/broken'), 502],
    ['a foreign name', 'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', 421],
  ])('has each security header once, and one id: %s', async (_, bytes, status) => {
    const answer = parse(await front.raw(bytes));
    expect(answer.status).toBe(status);
    expect(TABLE.map(([name]) => answer.all(name))).toEqual(TABLE.map((row) => [row]));
    expect(answer.all('x-request-id')).toHaveLength(1);
    expect(answer.head).not.toMatch(/x-powered-by|nginx\//i);
  });

  it('of a busy backend keeps its own time to wait', async () => {
    const answer = parse(await front.raw(get('/api/busy')));
    expect([answer.status, answer.all('retry-after').map(([, value]) => value)]).toEqual([503, ['7']]);
  });
});

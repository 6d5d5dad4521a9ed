/** The uptime probe on a real site over HTTPS: a real backend behind a proxy that ends TLS, and everything that can be wrong with it. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { METRICS } from '../../lambda/uptime-probe/answers';
import { addressOf } from '../../lambda/uptime-probe/login';
import { measure, type Watched } from '../../lambda/uptime-probe/measure';
import { type NameServer, startNameServer } from '../drills/name-server';
import { Bench } from '../support/backend';
import { authority, type Certificate } from '../support/certificates';
import { measureWith } from '../support/probe';
import type { Zone } from '../support/route53';

const NAME = 'www.example.test';
const MARKER = '<title>Holdfast</title>';
const PASSWORD = 'the-synthetic-users-password-of-48-letters';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const bench = new Bench('probe-uptime');
const signer = authority();
let site: Server;
let names: NameServer;
let valid: Certificate;
/** Path → what is answered instead of what should be. */
let instead: Readonly<Record<string, Answer>> = {};

const page: Answer = (_, response) =>
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(readFileSync('dist/frontend/index.html'));

const proxied: Answer = (incoming, response) => {
  const { method, url: path, headers } = incoming;
  const sent = {
    host: '127.0.0.1',
    port: bench.port,
    method,
    path,
    headers: { ...headers, 'x-forwarded-proto': 'https' },
  };
  incoming.pipe(
    request(sent, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }).on('error', () => response.writeHead(502).end()),
  );
};

const say =
  (status: number, type: string, body: string): Answer =>
  (_, response) =>
    response.writeHead(status, { 'content-type': type }).end(body);
const never: Answer = () => undefined;

function probe(other: Partial<Watched> = {}, checkMs = 4000) {
  const { port } = site.address() as AddressInfo;
  const watched = {
    name: NAME,
    port,
    servers: [names.address],
    ca: signer.ca,
    marker: MARKER,
    password: async () => PASSWORD,
    ...other,
  };
  return measureWith(
    'uptime',
    METRICS,
    () => measure(watched, checkMs),
    () => ({ Up: 0 }),
  );
}

beforeAll(async () => {
  await bench.start();
  valid = signer.sign(NAME, 90);
  const nothing = { resolve: () => undefined } as unknown as Zone;
  names = await startNameServer(nothing, { [NAME]: '127.0.0.1', 'other.example.test': '127.0.0.1' }, 1);
  site = createServer(valid, (incoming, response) => {
    const { url = '' } = incoming;
    (instead[url] ?? (url === '/' ? page : proxied))(incoming, response);
  });
  await new Promise<void>((listening) => site.listen(0, '127.0.0.1', listening));
}, 60_000);

beforeEach(() => {
  instead = {};
  site.setSecureContext(valid);
});

afterAll(async () => {
  site.closeAllConnections();
  site.close();
  names.close();
  signer.remove();
  await bench.stop();
});

it('finds nothing wrong with a site that works', async () => {
  const told = await probe().look();
  expect(told).toMatchObject({ Up: 1, Dns: 1, Tls: 1, Page: 1, Health: 1, Login: 1, faults: [] });
});

it('takes less than a second', async () => {
  expect((await probe({ password: undefined }).look()).Duration).toBeLessThan(1000); // a login takes as long as its hash
});

it('registers its user once, under an address that follows from the password', async () => {
  await probe().look();
  const again = await bench.post('/api/register', { email: addressOf(PASSWORD), password: 'somebody else' });
  expect(again.status).toBe(409);
  expect(addressOf(PASSWORD)).not.toBe(addressOf(`${PASSWORD}!`));
});

it('looks after no login where nobody asked for it', async () => {
  const told = await probe({ password: undefined }).look();
  expect(told).toMatchObject({ Up: 1, faults: [] });
  expect(told.Login).toBeUndefined();
});

it('writes neither password nor cookie', async () => {
  instead = { '/api/profile': say(500, 'application/json', '{}') };
  const { look, lines } = probe();
  await look();
  expect(lines.join()).toContain('Login: profile: got status 500');
  expect(lines.join()).not.toContain(PASSWORD);
  expect(lines.join()).not.toMatch(/cookie|sid=/i);
});

it('tells how many days the certificate lasts', async () => {
  expect((await probe().look()).CertificateDays).toBe(89);
});

it('fails with an expired certificate, and tells since when', async () => {
  site.setSecureContext(signer.sign(NAME, -1));
  const told = await probe().look();
  expect(told).toMatchObject({ Up: 0, Dns: 1, Tls: 0 });
  expect(told.CertificateDays).toBeLessThan(0);
  expect(told.faults).toContain('Tls: CERT_HAS_EXPIRED');
});

it('fails with the certificate of another name', async () => {
  const told = await probe({ name: 'other.example.test' }).look();
  expect(told).toMatchObject({ Up: 0, Tls: 0 });
});

it('fails with a certificate that nobody known signed', async () => {
  expect(await probe({ ca: undefined }).look()).toMatchObject({ Up: 0, Tls: 0, Page: 0 });
});

it('fails when nobody has the name', async () => {
  const told = await probe({ name: 'nobody.example.test' }).look();
  expect(told).toMatchObject({ Up: 0, Dns: 0, Page: 0, Health: 0 });
  expect(told.faults).toContainEqual(expect.stringContaining('ENOTFOUND'));
});

it('fails when no name server answers', async () => {
  expect(await probe({ servers: ['127.0.0.1:9'] }).look()).toMatchObject({ Up: 0, Dns: 0 });
});

/** What is wrong, what is answered, and the one check that fails. */
const WRONG: readonly (readonly [string, string, Answer, string])[] = [
  ['the page for /health, as a CDN answers without a rule for it', '/health', page, 'Health'],
  ['JSON that says unhealthy', '/health', say(503, 'application/json', '{"status":"unhealthy"}'), 'Health'],
  ['healthy JSON with status 500', '/health', say(500, 'application/json', '{"status":"healthy"}'), 'Health'],
  ['half an answer to /health', '/health', say(200, 'application/json', '{"status":'), 'Health'],
  ['nothing to /health', '/health', never, 'Health'],
  ['JSON null to /health', '/health', say(200, 'application/json', 'null'), 'Health'],
  ['an error page', '/', say(500, 'text/html', MARKER), 'Page'],
  ["somebody else's page", '/', say(200, 'text/html', '<title>Parked</title>'), 'Page'],
  ['the page as text', '/', say(200, 'text/plain', MARKER), 'Page'],
  ['a page without end', '/', (_, response) => void response.writeHead(200).write('x'.repeat(2_000_000)), 'Page'],
  ['a page that is cut off', '/', (_, response) => void response.write('x', () => response.destroy()), 'Page'],
  ['no login', '/api/login', say(503, 'application/json', '{}'), 'Login'],
  ['a login without a session', '/api/login', say(200, 'application/json', '{}'), 'Login'],
  ['a login that takes for ever', '/api/login', never, 'Login'],
];

it.each(WRONG)('fails with %s', async (_, path, answer, check) => {
  instead = { [path]: answer };
  const from = Date.now();
  const { faults, ...told } = await probe({}, answer === never ? 2000 : undefined).look();
  expect(Date.now() - from).toBeLessThan(4000);
  expect(told).toMatchObject({ Dns: 1, Tls: 1, Page: 1, Health: 1, Login: 1, Up: 0, [check]: 0 });
  expect(faults).toEqual([expect.stringMatching(`^${check}: .`)]);
});

it('ends before its function would be, whatever hangs', async () => {
  instead = { '/': never, '/health': never, '/api/login': never };
  const from = Date.now();
  const told = await probe({}, 300).look();
  expect(Date.now() - from).toBeLessThan(1000);
  expect(told).toMatchObject({ Up: 0, Page: 0, Health: 0, Login: 0 });
});

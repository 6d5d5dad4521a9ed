/** The same nginx.conf on a server that ends TLS itself, with nobody in front: what differs stands in its small files. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { WebSocket, WebSocketServer } from 'ws';
import { freePort } from '../../lib/rehearsal/ports';
import { type Answer, echo, end, type Front, HOST, listen, portOf, startFront } from '../support/nginx';

let backend: Server;
let front: Front;
let plainPort: number;
let tlsPort: number;
let ca: Buffer;

/** Node makes keys but no certificates. */
function certificate(): { readonly chain: string; readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
  const [chain, key] = [join(folder, 'chain.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  try {
    execFileSync('openssl', [...made, ...subject, '-keyout', key, '-out', chain], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(
      `openssl: expected it to make a certificate, got ${(error as Error).message}; install it (Debian, Ubuntu: apt-get install openssl)`,
    );
  }
  return { chain, key };
}

beforeAll(async () => {
  const { chain, key } = certificate();
  ca = readFileSync(chain);
  [plainPort, tlsPort] = [await freePort(), await freePort()];
  backend = await listen(echo);
  new WebSocketServer({ server: backend, path: '/ws' }).on('connection', (socket) => socket.send('hello'));
  // the first port is where the test looks whether NGINX is up; a server has 80 and 443
  front = await startFront('nginx-tls', [portOf(backend)], (port) => ({
    'listen.conf': `listen 127.0.0.1:${port};
listen 127.0.0.1:${plainPort};
listen 127.0.0.1:${tlsPort} ssl;
http2 on;
ssl_certificate ${chain};
ssl_certificate_key ${key};
`,
    'origin.conf': 'default visitor;\n',
  }));
}, 120_000);
afterAll(async () => {
  await front.stop();
  await end(backend);
});

const ask = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  new Promise<Answer>((done, failed) => {
    const to = { host: '127.0.0.1', port: tlsPort, servername: HOST, ca, path, agent: false } as const;
    request({ ...to, headers: { host: HOST, ...headers } }, (answer) => {
      let body = '';
      answer.on('data', (part) => {
        body += part;
      });
      const { statusCode: status, headers: got, rawHeaders } = answer;
      answer.on('end', () => done({ status, headers: got, rawHeaders, body }));
    })
      .on('error', failed)
      .end();
  });

/** The protocol agreed on, or what the server said against it. */
const shake = (options: ConnectionOptions) =>
  new Promise<string>((done) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port: tlsPort, servername: HOST, ca, ...options }, () => {
      done(socket.getProtocol() ?? '');
      socket.destroy();
    });
    socket.on('error', ({ message }) => done(message));
  });

describe('plain HTTP', () => {
  it.each(['GET', 'POST'])('sends %s to the same address by HTTPS, with its method', async (method) => {
    const { status, headers } = await front.at(plainPort).ask('/api/x?a=1', { method });
    expect([status, headers.location]).toEqual([308, `https://${HOST}/api/x?a=1`]);
  });

  it('sends nobody to a name that is not ours', async () => {
    const { status, headers } = await front.at(plainPort).ask('/', { headers: { host: 'evil.example' } });
    expect([status, headers.location]).toEqual([421, undefined]);
  });

  it('tells of health, which is asked on the machine itself', async () => {
    expect((await front.at(plainPort).ask('/livez')).status).toBe(200);
  });

  it('is answered as malformed where HTTPS is spoken', async () => {
    const { status, body } = await front.at(tlsPort).ask('/');
    expect([status, body]).toEqual([400, '{"error":"Malformed request."}\n']);
  });

  it('is answered as malformed when it is, not redirected', async () => {
    const { status, headers } = await front.at(plainPort).ask('/%00');
    expect([status, headers.location]).toEqual([400, undefined]);
  });
});

describe('TLS', () => {
  it('serves page and API, and says that it is HTTPS for good', async () => {
    const [page, api] = [await ask('/'), await ask('/api/x')];
    expect([page.status, api.status]).toEqual([200, 200]);
    expect(page.headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains');
  });

  it('tells the backend who it was: nobody is in front whose headers could be believed', async () => {
    const forged = {
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-proto': 'http',
      'cloudfront-viewer-address': '9.9.9.9:1',
    };
    expect(JSON.parse((await ask('/api/x', forged)).body).headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-real-ip': '127.0.0.1',
      'x-forwarded-proto': 'https',
    });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is spoken as %s', async (version) => {
    expect(await shake({ minVersion: version, maxVersion: version })).toBe(version);
  });

  it.each(['TLSv1', 'TLSv1.1'] as const)('is refused by the server as %s', async (version) => {
    const said = await shake({ minVersion: 'TLSv1', maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' });
    expect(said).toContain('alert protocol version');
  });

  it.each(['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384'])('refuses the old cipher %s', async (cipher) => {
    expect(await shake({ maxVersion: 'TLSv1.2', ciphers: `${cipher}@SECLEVEL=0` })).toContain('handshake failure');
  });

  it('speaks HTTP/2', async () => {
    const session = connectHttp2(`https://127.0.0.1:${tlsPort}`, { ca, servername: HOST });
    const stream = session.request({ ':path': '/api/x', ':authority': HOST });
    const status = await new Promise((done) =>
      stream.on('response', (headers) => done(headers[constants.HTTP2_HEADER_STATUS])),
    );
    const protocol = session.alpnProtocol;
    session.destroy();
    expect([protocol, status]).toEqual(['h2', 200]);
  });

  it('carries a WebSocket', async () => {
    const socket = new WebSocket(`wss://127.0.0.1:${tlsPort}/ws`, {
      agent: new Agent({ ca, servername: HOST }),
      headers: { host: HOST },
    });
    const said = await new Promise((done) => socket.on('message', (text) => done(String(text))));
    socket.close();
    expect(said).toBe('hello');
  });

  it('is not spoken for a name that is not ours', async () => {
    expect((await ask('/', { host: 'evil.example' })).status).toBe(421);
  });
});

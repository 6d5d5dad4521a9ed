/** The site as the deployed nginx.conf serves it from a server's own disk. Not CloudFront's way, which the rehearsal takes. */
import { renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { echo, end, type Front, listen, portOf, SITE, startFront, write } from '../support/nginx';

let backend: Server;
let front: Front;

beforeAll(async () => {
  backend = await listen(echo);
  front = await startFront('nginx-site', [portOf(backend)]);
}, 120_000);
afterAll(async () => {
  await front.stop();
  await end(backend);
});

describe('the page', () => {
  it.each(['/', '/somewhere/deep', '/index.html'])('renders %s, to be asked for again each time', async (path) => {
    const { status, headers, body } = await front.ask(path);
    expect([status, headers['cache-control'], headers['content-type'], body]).toEqual([
      200,
      'no-cache',
      'text/html; charset=utf-8',
      SITE['index.html'],
    ]);
  });

  it('comes anew after a release, though the archive gives every build the same time and length', async () => {
    const former = await front.ask('/');
    const next = join(front.folder, 'next');
    write(join(next, 'site'), { 'index.html': '<title>Next</title>' });
    utimesSync(join(next, 'site/index.html'), 0, 0);
    const site = join(front.folder, 'current/site/index.html');
    utimesSync(site, 0, 0);
    const validated = await front.ask('/');
    symlinkSync(next, join(front.folder, 'current.new'));
    renameSync(join(front.folder, 'current'), join(front.folder, 'current.old'));
    renameSync(join(front.folder, 'current.new'), join(front.folder, 'current'));
    const { status, body } = await front.ask('/', {
      headers: {
        'if-modified-since': validated.headers['last-modified'] ?? '',
        'if-none-match': validated.headers.etag ?? '*',
      },
    });
    rmSync(join(front.folder, 'current'));
    renameSync(join(front.folder, 'current.old'), join(front.folder, 'current'));
    expect([former.body, status, body]).toEqual([SITE['index.html'], 200, '<title>Next</title>']);
  });
});

describe('an asset', () => {
  it('is kept for ever', async () => {
    const { headers } = await front.ask('/assets/app-1a2b.js');
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
  });

  it('of the next release is there already for the pages of other servers that name it', async () => {
    write(join(front.folder, 'site/next'), { 'assets/app-newer.js': 'newer' });
    const { status, headers, body } = await front.ask('/assets/app-newer.js');
    expect([status, headers['cache-control'], body]).toEqual([200, 'public, max-age=31536000, immutable', 'newer']);
  });

  it.each(['/assets/app-gone.js', '/favicon.ico', '/assets/'])(
    'that is missing (%s) is 404, never the page, and not kept',
    async (path) => {
      const { status, headers, body } = await front.ask(path);
      expect([status, headers['cache-control'], body]).toEqual([404, 'no-store', '{"error":"Not found."}\n']);
    },
  );
});

describe('what is not for the public', () => {
  it.each([
    '/.releases/current.json',
    '/.env',
    '/%2eenv',
    '/assets/../.env',
    '/assets/.env',
    '/assets/app-1a2b.js.map',
  ])('is not served: %s', async (path) => {
    expect((await front.ask(path)).status).toBe(404);
  });

  it('does not hide .well-known', async () => {
    expect((await front.ask('/.well-known/security.txt')).body).toBe(SITE['.well-known/security.txt']);
  });
});

describe('compression', () => {
  const through = { 'accept-encoding': 'gzip', via: '2.0 abc.cloudfront.net (CloudFront)' };

  it.each(['/assets/app-1a2b.js', '/assets/app-1a2b.css', '/assets/data.json', '/assets/picture.svg'])(
    'shrinks %s, also for CloudFront',
    async (path) => {
      write(join(front.folder, 'site/next'), Object.fromEntries([[path.slice(1), SITE['assets/app-1a2b.js'] ?? '']]));
      const { headers, body } = await front.ask(path, { headers: through });
      expect([headers['content-encoding'], headers.vary]).toEqual(['gzip', 'Accept-Encoding']);
      expect(body.length).toBeLessThan(200);
    },
  );

  it('shrinks the answers of the backend', async () => {
    const { headers } = await front.ask('/api/orders', { headers: { ...through, 'x-long': 'x'.repeat(2000) } });
    expect(headers['content-encoding']).toBe('gzip');
  });

  it('leaves alone who does not ask for it', async () => {
    expect((await front.ask('/assets/app-1a2b.js')).headers).not.toHaveProperty('content-encoding');
  });
});

import { kindOf } from '../../app/frontend/worker/kind';

const OURS = 'https://www.example.com';
const kind = (method: string, mode: RequestMode, path: string) =>
  kindOf({ method, mode, url: new URL(path, OURS).href }, OURS);

describe('the service worker handles', () => {
  it.each(['/', '/login', '/no/such/page', '/index.html', '/apian', '/healthy'])('the page at %s', (path) => {
    expect(kind('GET', 'navigate', path)).toBe('page');
  });

  it.each(['no-cors', 'cors', 'navigate'] as const)('a hashed asset, asked for by %s', (mode) => {
    expect(kind('GET', mode, '/assets/index-CmAhiK-K.js')).toBe('asset');
  });
});

describe('the service worker leaves alone', () => {
  it.each(['/api', '/api/orders', '/api/report.pdf', '/ws', '/health', '/health.txt', '/terms.pdf'])(
    '%s, though a reader opens it',
    (path) => {
      expect(kind('GET', 'navigate', path)).toBeUndefined();
    },
  );

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])('%s', (method) => {
    expect([kind(method, 'navigate', '/'), kind(method, 'cors', '/assets/a.js')]).toEqual([undefined, undefined]);
  });

  it('what is asked of another site, and data', () => {
    expect(kind('GET', 'no-cors', 'https://elsewhere.example/assets/a.js')).toBeUndefined();
    expect(kind('GET', 'cors', '/data.json')).toBeUndefined();
    expect(kind('GET', 'cors', '/login')).toBeUndefined();
  });
});

import { type Entry, items, type Seed } from '../../../lambda/release-seed/seed';

const seed = (kind: Seed['kind']): Seed => ({
  kind,
  bucket: 'target',
  source: { bucket: 'assets', key: 'release.tar' },
  id: 'abcdef012345',
  sha256: 'ab'.repeat(32),
});
const entry = (name: string): Entry => ({ name, body: Buffer.from(name) });
const ENTRIES = ['backend/server.js', 'site/index.html', 'site/assets/app-1a2b.js', 'site/health.txt'].map(entry);
const archive = Buffer.from('tar');

describe('the seed of a fleet', () => {
  const written = items(seed('archive'), archive, ENTRIES);

  it('writes the archive as it is, then the pointer with its checksum', () => {
    expect(written.map(({ key }) => key)).toEqual(['releases/abcdef012345.tar', 'current.json']);
    expect(written[0]?.body).toBe(archive);
    expect(JSON.parse(String(written[1]?.body))).toEqual({ id: 'abcdef012345', sha256: 'ab'.repeat(32) });
  });
});

describe('the seed of a site', () => {
  const written = items(seed('site'), archive, ENTRIES);
  const byKey = new Map(written.map((item) => [item.key, item]));

  it('writes what a page names before the page, and the pointer last', () => {
    expect(written.map(({ key }) => key)).toEqual([
      'assets/app-1a2b.js',
      'health.txt',
      'index.html',
      '.releases/current.json',
    ]);
  });

  it('leaves the backend out', () => {
    expect(written.some(({ key }) => key.includes('server.js'))).toBe(false);
  });

  it('lets browsers keep hashed assets for ever, and ask for everything else', () => {
    expect(byKey.get('assets/app-1a2b.js')?.cacheControl).toBe('public, max-age=31536000, immutable');
    expect(byKey.get('index.html')?.cacheControl).toBe('no-cache');
    expect(byKey.get('.releases/current.json')?.cacheControl).toBe('no-store');
  });

  it('gives every file its type', () => {
    expect(byKey.get('index.html')?.contentType).toBe('text/html; charset=utf-8');
    expect(byKey.get('assets/app-1a2b.js')?.contentType).toBe('text/javascript; charset=utf-8');
  });
});

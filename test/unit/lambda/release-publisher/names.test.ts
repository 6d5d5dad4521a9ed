/** What a file's name decides: cache class, type, step of the release, and whether it is published at all. */
import { hasContentHash } from '../../../../lambda/release-publisher/files/content-hash';
import { headersOf, stepOf } from '../../../../lambda/release-publisher/files/headers';
import { isLeftOut } from '../../../../lambda/release-publisher/files/left-out';

const HASHED = {
  Vite: [
    'assets/index-DiwrgTda.css',
    'assets/index-CHdo91hT.js',
    'assets/index-BfCq-x0T.css',
    'assets/react-CHdo91hT.svg',
    'assets/index-_a1B-c2D.js',
    'assets/index.4d2f7a1b.js',
    'sub/path/assets/vendor-C4x_9Qab.js.map',
    'index-CHdo91hT.js',
  ],
  'Create React App': [
    'static/js/main.1a2b3c4d.js',
    'static/js/787.28cb0dcd.chunk.js',
    'static/css/main.e6c13ad2.css',
    'static/js/main.1a2b3c4d.js.map',
    'static/media/logo.6ce24c58023cc2f8fd88fe9d219db6c6.svg',
  ],
  'Next.js': [
    '_next/static/chunks/main-0123456789abcdef.js',
    '_next/static/chunks/app/page-1a2b3c4d5e6f7a8b.js',
    '_next/static/css/0a1b2c3d4e5f6a7b.css',
    '_next/static/media/4cf2300e9c8272f7-s.p.woff2',
  ],
  SvelteKit: ['_app/immutable/entry/start.Cx1b2D3e.js', '_app/immutable/chunks/BPwxMcTq.js'],
  Angular: [
    'main-5INURTSO.js',
    'chunk-FFHMD2TL.js',
    'chunk-HXKTQPEW.js',
    'main.0123456789abcdef0123.js',
    'media/roboto-7KXQ2B4C.woff2',
  ],
  esbuild: ['app-5INURTSO.js', 'chunks/lib-QZXKWRTP.mjs', 'style-4YRVQ7QK.css'],
  webpack: ['0a1b2c3d4e5f60718293.js', 'vendors~main.0a1b2c3d4e5f60718293.js', 'images/photo.0a1b2c3d4e5f60718293.png'],
};

const PLAIN = [
  'index.html',
  'bootstrap-datepicker.js',
  'bootstrap-datepicker.min.js',
  'js/jquery-validate.js',
  'jquery-3.7.1.min.js',
  'assets/react-markdown.js',
  'assets/vue-DataGrid.js',
  'assets/chapter-01-intro.mp4',
  'assets/photo-IMG_0123.jpg',
  'assets/logo-20240101.png',
  'assets/my-new-page.js',
  'app-SETTINGS.js',
  'README-FRONTEND.md',
  'd3.v7.min.js',
  'img/hero-1920x1080.webp',
  'fonts/inter-latin-400.woff2',
  'photos/550e8400-e29b-41d4-a716-446655440000.jpg',
  'cafe2024.js',
  'app-deadbeef.js',
  'robots.txt',
];

describe('a content hash', () => {
  it.each(Object.entries(HASHED))('is seen in the names of %s', (_, names) => {
    expect(names.filter((name) => !hasContentHash(name))).toEqual([]);
  });

  it('is not seen in names that people give', () => {
    expect(PLAIN.filter(hasContentHash)).toEqual([]);
  });
});

describe('the cache', () => {
  const cacheOf = (path: string) => headersOf(path).cacheControl;

  it('keeps hashed files for a year', () => {
    expect(cacheOf('assets/index-CHdo91hT.js')).toBe('public,max-age=31536000,immutable');
  });

  it.each([
    'index.html',
    'docs/index-CHdo91hT.html',
    'sw.js',
    'sw-1a2b3c4d.js',
    'service-worker.1a2b3c4d.js',
    'ngsw-worker.js',
    'manifest.webmanifest',
    'manifest.1a2b3c4d.webmanifest',
    'asset-manifest.json',
    '_next/static/abc123/_buildManifest.js',
    'bootstrap-datepicker.js',
    'health.txt',
  ])('asks again for %s', (path) => {
    expect(cacheOf(path)).toBe('public,max-age=0,must-revalidate');
  });

  it("keeps Workbox's own hashed library", () => {
    expect(cacheOf('workbox-1a2b3c4d.js')).toContain('immutable');
  });
});

it.each([
  ['index.html', 'text/html; charset=utf-8'],
  ['a.css', 'text/css; charset=utf-8'],
  ['a.js', 'text/javascript; charset=utf-8'],
  ['a.mjs', 'text/javascript; charset=utf-8'],
  ['A.JS', 'text/javascript; charset=utf-8'],
  ['a.json', 'application/json; charset=utf-8'],
  ['a.js.map', 'application/json; charset=utf-8'],
  ['a.webmanifest', 'application/manifest+json; charset=utf-8'],
  ['a.svg', 'image/svg+xml'],
  ['a.png', 'image/png'],
  ['a.jpg', 'image/jpeg'],
  ['a.webp', 'image/webp'],
  ['a.avif', 'image/avif'],
  ['a.gif', 'image/gif'],
  ['favicon.ico', 'image/x-icon'],
  ['a.woff', 'font/woff'],
  ['a.woff2', 'font/woff2'],
  ['a.ttf', 'font/ttf'],
  ['a.wasm', 'application/wasm'],
  ['a.pdf', 'application/pdf'],
  ['a.mp4', 'video/mp4'],
  ['a.webm', 'video/webm'],
  ['a.mp3', 'audio/mpeg'],
  ['sitemap.xml', 'application/xml; charset=utf-8'],
  ['robots.txt', 'text/plain; charset=utf-8'],
  ['.well-known/apple-app-site-association', 'application/json; charset=utf-8'],
  ['LICENSE', 'application/octet-stream'],
  ['a.unknownending', 'application/octet-stream'],
])('serves %s as %s', (path, type) => {
  expect(headersOf(path).contentType).toBe(type);
});

it('writes assets, then other files, then pages, and the first page last', () => {
  const paths = ['assets/app-CHdo91hT.js', 'robots.txt', 'sw.js', 'about.html', 'docs/index.html', 'index.html'];
  expect(paths.map(stepOf)).toEqual(['asset', 'other', 'other', 'page', 'page', 'index']);
});

describe('what must not be public', () => {
  const SECRET = ['.env', '.env.production', '.git', 'node_modules', '.npmrc', '.aws', '.ssh', '.releases'];
  const LITTER = [
    '.DS_Store',
    'Thumbs.db',
    'desktop.ini',
    '__MACOSX',
    '._a.js',
    '.idea',
    '.vscode',
    '.a.js.swp',
    'a.js~',
  ];

  it.each([...SECRET, ...LITTER])('%s is left out, whatever is asked for', (name) => {
    expect(isLeftOut(name, { dotfiles: true, sourceMaps: true })).toBe(true);
  });

  it('other dotfiles are left out unless asked for, and .well-known never is', () => {
    expect(['.htaccess', '.nojekyll', '.well-known'].map((name) => isLeftOut(name, {}))).toEqual([true, true, false]);
    expect(isLeftOut('.htaccess', { dotfiles: true })).toBe(false);
  });

  it('source maps are left out unless asked for', () => {
    expect([
      isLeftOut('a.js.map', {}),
      isLeftOut('a.css.map', { sourceMaps: true }),
      isLeftOut('site.map', {}),
    ]).toEqual([true, false, false]);
  });

  it.each(['a b.txt', 'environment.js', 'tilde~name.txt', '#1.txt', 'git.html'])('%s is published', (name) => {
    expect(isLeftOut(name, {})).toBe(false);
  });
});

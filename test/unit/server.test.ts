/** What a server is set up with: tables and files that must agree with each other. The scripts have tests of their own. */
import { readFileSync } from 'node:fs';

const read = (path: string) => readFileSync(`app/server/${path}`, 'utf8');
const lines = (path: string) =>
  read(path)
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));

describe('security headers', () => {
  const table: Readonly<Record<string, string>> = JSON.parse(read('security-headers.json'));

  it('are the same from NGINX as in the table that CloudFront has', () => {
    expect(lines('security-headers.conf')).toEqual(
      Object.entries(table).map(([name, value]) => `add_header ${name} "${value}" always;`),
    );
  });

  it('come once: the backend’s own are hidden', () => {
    expect(lines('hidden-headers.conf')).toEqual(Object.keys(table).map((name) => `proxy_hide_header ${name};`));
  });
});

describe('the configuration of NGINX', () => {
  it('adds headers in one place: a location that adds one would lose all others', () => {
    const blocks = read('nginx.conf').split(/\n {4}location /);
    expect(blocks.length).toBeGreaterThan(10);
    expect(blocks.slice(1).filter((block) => block.includes('add_header'))).toEqual([]);
  });
});

describe('the services', () => {
  const seconds = (unit: string, name: string) => Number(new RegExp(`^${name}=(\\d+)$`, 'm').exec(read(unit))?.[1]);

  it.each(['systemd/holdfast-backend@.service', 'systemd/holdfast-nginx.service', 'systemd/holdfast-worker.service'])(
    '%s begins again for ever, after a second',
    (unit) => {
      expect(lines(unit)).toEqual(
        expect.arrayContaining(['Restart=always', 'RestartSec=1', 'StartLimitIntervalSec=0']),
      );
    },
  );

  it('look for another site more than twice before its pages are shown: every server has its assets then', () => {
    const look = seconds('systemd/holdfast-site.timer', 'OnUnitInactiveSec');
    const [, settle] = /SITE_SETTLE_SECONDS = '(\d+)'/.exec(read('site-copy.ts')) ?? [];
    expect(look).toBeGreaterThan(0);
    expect(Number(settle)).toBeGreaterThan(2 * look);
  });

  it('give a backend longer to leave than the 15 s it takes at most', () => {
    expect(seconds('systemd/holdfast-backend@.service', 'TimeoutStopSec')).toBeGreaterThan(15);
  });

  it('give a worker longer to leave than it takes for its jobs and to give back the rest', () => {
    const [, finish] = /FINISH_MS = (\d+)_000/.exec(readFileSync('app/worker/worker.ts', 'utf8')) ?? [];
    expect(seconds('systemd/holdfast-worker.service', 'TimeoutStopSec')).toBeGreaterThan(Number(finish) + 10);
  });

  it('give NGINX longer to leave than it waits for WebSockets', () => {
    const waits = Number(/worker_shutdown_timeout (\d+)s;/.exec(read('nginx.conf'))?.[1]);
    expect(seconds('systemd/holdfast-nginx.service', 'TimeoutStopSec')).toBeGreaterThan(waits);
  });
});

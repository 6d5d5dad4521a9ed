/** Services in the configuration: what can't be is refused at once, with its path. */
import { checked } from '../../lib/config/check';
import { prod } from '../../lib/config/prod';
import { servicesOf } from '../../lib/config/releases';

const PAGES = { name: 'pages', paths: ['/reports', '/reports/*'], processes: 2 };
const ADMIN = { name: 'admin', hosts: ['admin.example.com'], processes: 1 };
const { min, max, instanceClass, upAboveCpu, upAfterMinutes, downBelowCpu, downAfterMinutes } = prod.fleet;
const FLEET = { min, max, instanceClass, upAboveCpu, upAfterMinutes, downBelowCpu, downAfterMinutes };

const faults = (services: readonly object[], others: object = {}): readonly string[] => {
  try {
    checked({ ...prod, services, ...others }, 'x.ts');
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').slice(1);
  }
};

it('passes with one that shares the servers and one with its own', () => {
  expect(faults([PAGES, { ...ADMIN, fleet: FLEET, secrets: ['sessions'] }])).toEqual([]);
});

it('are released after the backend where they have servers of their own, and before the workers', () => {
  const services = [PAGES, { ...ADMIN, fleet: FLEET }];
  expect(servicesOf({ ...prod, services })).toEqual(['backend', 'admin', 'workers']);
});

it.each<[string, readonly object[], string]>([
  [
    'a name that is there already',
    [PAGES, { ...ADMIN, name: 'pages' }],
    "  services[1].name: expected a name that comes once, and neither 'backend' nor 'workers', got \"pages\"",
  ],
  [
    'the backend’s name',
    [{ ...PAGES, name: 'backend' }],
    "  services[0].name: expected a name that comes once, and neither 'backend' nor 'workers', got \"backend\"",
  ],
  [
    'neither paths nor hosts',
    [{ name: 'pages', processes: 1 }],
    '  services[0]: expected either paths or hosts, got "neither"',
  ],
  ['both', [{ ...PAGES, hosts: ['admin.example.com'] }], '  services[0]: expected either paths or hosts, got "both"'],
  ['no process', [{ ...PAGES, processes: 0 }], '  services[0].processes: expected a whole number from 1 to 16, got 0'],
  [
    'more processes than there are ports',
    [{ ...PAGES, processes: 17 }],
    '  services[0].processes: expected a whole number from 1 to 16, got 17',
  ],
  [
    'a path of the backend',
    [{ ...PAGES, paths: ['/api/reports/*'] }],
    '  services[0].paths[0]: expected a path that neither the backend (/api, /ws, /health, /livez, /readyz, /metrics, /assets) nor a file of the site has, got "/api/reports/*"',
  ],
  [
    'a path of a file',
    [{ ...PAGES, paths: ['/sw.js'] }],
    '  services[0].paths[0]: expected a path that neither the backend (/api, /ws, /health, /livez, /readyz, /metrics, /assets) nor a file of the site has, got "/sw.js"',
  ],
  [
    'every path',
    [{ ...PAGES, paths: ['/*'] }],
    '  services[0].paths[0]: expected a path, or all below one, such as \'/reports/*\', got "/*"',
  ],
  [
    'a path within that of another',
    [PAGES, { ...PAGES, name: 'more', paths: ['/reports/new'] }],
    '  services[1].paths[0]: expected a path apart from services[0].paths[1] (/reports/*), got "/reports/new"',
  ],
  [
    'a path around that of another',
    [
      { ...PAGES, paths: ['/reports/new'] },
      { ...PAGES, name: 'more', paths: ['/reports/*'] },
    ],
    '  services[1].paths[0]: expected a path apart from services[0].paths[0] (/reports/new), got "/reports/*"',
  ],
  [
    'more paths than a rule takes',
    [{ ...PAGES, paths: ['/a', '/b', '/c', '/d', '/e', '/f'] }],
    '  services[0].paths: expected up to 5, which is what a rule of the balancer takes, got ["/a","/b","/c","/d","/e","/f"]',
  ],
  [
    'a host outside the zone',
    [{ ...ADMIN, hosts: ['admin.example.org'] }],
    '  services[0].hosts[0]: expected a name below example.com other than www.example.com, origin.www.example.com, static.www.example.com, eu-west-1.origin.www.example.com, eu-central-1.origin.www.example.com, got "admin.example.org"',
  ],
  [
    'the site’s own name',
    [{ ...ADMIN, hosts: ['www.example.com'] }],
    '  services[0].hosts[0]: expected a name below example.com other than www.example.com, origin.www.example.com, static.www.example.com, eu-west-1.origin.www.example.com, eu-central-1.origin.www.example.com, got "www.example.com"',
  ],
  [
    'a host of two',
    [ADMIN, { ...ADMIN, name: 'other' }],
    '  services[1].hosts[0]: expected a name that comes once, got "admin.example.com"',
  ],
  [
    'fewer servers than the least',
    [{ ...PAGES, fleet: { ...FLEET, max: 1 } }],
    '  services[0].fleet.max: expected at least services[0].fleet.min (2), got 1',
  ],
  [
    'a secret that nobody has',
    [{ ...PAGES, secrets: ['origin'] }],
    "  services[0].secrets[0]: expected one of 'database', 'sessions', 'cookie', 'token', got \"origin\"",
  ],
  [
    'more connections than the database takes',
    [{ ...PAGES, processes: 16, secrets: ['database'] }],
    '  fleet.databasePool: expected twice the connections of all backends, services and workers (fleet.max, fleet.processes, services, workers) of at most 1441 (80 % of what r7g.large takes), got 7288',
  ],
])('%s is refused', (_, services, line) => {
  expect(faults(services)).toEqual([line]);
});

it('refuses hosts that nobody would reach', () => {
  expect(faults([ADMIN], { edge: { ...prod.edge, directAccess: 'never' }, dns: undefined })).toContain(
    '  services[0].hosts[0]: expected none without edge.directAccess \'failover\', since CloudFront knows services by paths only, got "admin.example.com"',
  );
});

it('counts paths against what CloudFront takes, and hosts against a certificate', () => {
  const five = (of: (letter: string, index: number) => object) => ['a', 'b', 'c', 'd', 'e'].map(of);
  const paths = (name: string) => ['a', 'b', 'c', 'd', 'e'].map((each) => `/${name}/${each}`);
  const hosts = (name: string) => ['a', 'b'].map((each) => `${name}${each}.example.com`);
  expect(faults(five((name) => ({ ...PAGES, name: `s${name}`, paths: paths(name) })))).toEqual([
    "  services: expected at most 21 paths, CloudFront's behaviours, got 25",
  ]);
  expect(faults(five((name) => ({ ...ADMIN, name: `s${name}`, hosts: hosts(name) })))).toEqual([
    '  services: expected at most 6 hosts, the names of a certificate, got 10',
  ]);
});

/** What configuration refuses, and that it says all of it; names and alerts have files of their own. */
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { dev } from '../../lib/config/dev';
import { optOutLines } from '../../lib/config/opt-outs';
import { prod } from '../../lib/config/prod';
import { staging } from '../../lib/config/staging';
import { faults } from '../support/faults';

const without = (name: string) => Object.fromEntries(Object.entries(dev.optOuts).filter(([each]) => each !== name));

describe('an environment', () => {
  it.each(ENVIRONMENT_NAMES)('%s passes as it is shipped', (name) => {
    expect(environment(name).name).toBe(name);
  });

  it('that nobody knows is answered with the known ones', () => {
    expect(() => environment('produktion')).toThrow(
      'environment: expected one of dev, staging, prod, got "produktion"',
    );
    expect(() => environment('toString')).toThrow('environment: expected one of');
  });

  it('has faults of its shape and of its rules reported together', () => {
    const broken = {
      ...staging,
      database: { ...staging.database, storageGib: 5 },
      edge: { ...staging.edge, directAccess: 'failover' },
      fleet: { ...staging.fleet, min: 'two' },
    };
    const paths = faults(broken)
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(':')[0]);
    expect(paths).toEqual(['fleet.min', 'database.storageGib', 'edge.directAccess']);
  });

  it('has all its faults reported at once', () => {
    const broken = { ...prod, fleet: { ...prod.fleet, min: 4, max: 3 }, region: 'us-east-1' };
    expect(faults(broken).split('\n')).toEqual([
      "lib/config/x.ts can't be used:",
      '  zones[0]: expected a zone of us-east-1, such as \'us-east-1a\', got "eu-west-1a"',
      '  zones[1]: expected a zone of us-east-1, such as \'us-east-1a\', got "eu-west-1b"',
      '  zones[2]: expected a zone of us-east-1, such as \'us-east-1a\', got "eu-west-1c"',
      '  region: expected another region than us-east-1, which holds the edge stacks, got "us-east-1"',
      '  fleet.max: expected at least fleet.min (4), got 3',
      '  fleet.peak: expected at most the 2 servers left of 3 when one of 3 zones is lost (fleet.max, fleet.upAboveCpu), got 6',
    ]);
  });
});

describe('a fault', () => {
  it.each([
    ['a value of the wrong type', { ...dev, confirm: 'yes' }, '  confirm: expected true or false, got "yes"'],
    [
      'a missing value',
      { ...dev, name: undefined },
      '  name: expected lower case letters, digits and hyphens, 2 to 16 of them, got nothing',
    ],
    [
      'a network without room for three zones',
      { ...dev, network: { ...dev.network, cidr: '10.2.0.0/20' } },
      '  network.cidr: expected an IPv4 range of /16 to /19, such as \'10.0.0.0/16\', got "10.2.0.0/20"',
    ],
    [
      'an address that is none',
      { ...dev, network: { ...dev.network, cidr: '10.256.0.0/16' } },
      '  network.cidr: expected an IPv4 range of /16 to /19, such as \'10.0.0.0/16\', got "10.256.0.0/16"',
    ],
    [
      'storage that cannot grow to three times its size',
      { ...prod, database: { ...prod.database, storageGib: 30_000 } },
      '  database.storageGib: expected a whole number from 20 to 21845 (RDS allows no less, and no more than three times that), got 30000',
    ],
    [
      'a name that ElastiCache takes for no user',
      { ...dev, name: 'dev--2' },
      '  name: expected lower case letters, digits and hyphens, 2 to 16 of them, got "dev--2"',
    ],
    [
      'more servers at least than at most',
      { ...dev, fleet: { ...dev.fleet, max: 1, min: 2 }, optOuts: without('spareServer') },
      '  fleet.max: expected at least fleet.min (2), got 1',
    ],
    [
      'a publisher that is not one repository',
      { ...dev, publisher: { repository: 'acme/*', environment: 'production' } },
      '  publisher.repository: expected a repository of GitHub, such as \'acme/shop\', got "acme/*"',
    ],
    ['no region', { ...dev, region: undefined }, "  region: expected a region, such as 'eu-west-1', got nothing"],
    ['no zones', { ...dev, zones: undefined }, '  zones: expected two or three zones, got nothing'],
    ['no network', { ...dev, network: undefined }, '  network: expected object, got nothing'],
    [
      'more gateways than zones',
      { ...dev, network: { ...dev.network, natGateways: 3 }, optOuts: without('natPerZone') },
      '  network.natGateways: expected at most one for each zone (2), got 3',
    ],
    [
      'a misspelt field',
      { ...dev, fleet: { ...dev.fleet, minimum: 2 } },
      '  fleet.minimum: expected no such field, got 2',
    ],
    [
      'an overlap of ranges',
      { ...dev, network: { ...dev.network, peers: ['10.2.128.0/20'] } },
      '  network.peers[0]: expected a range apart from network.cidr (10.2.0.0/16), got "10.2.128.0/20"',
    ],
    [
      'a database class that does not exist',
      { ...dev, database: { ...dev.database, instanceClass: 'm7g.tiny' } },
      "  database.instanceClass: expected an RDS instance class, such as 't4g.medium' or 'm7g.large', got \"m7g.tiny\"",
    ],
    [
      'a fleet class of another processor',
      { ...dev, fleet: { ...dev.fleet, instanceClass: 'm7i.large' } },
      "  fleet.instanceClass: expected an arm64 instance class, such as 't4g.small' or 'm7g.large', got \"m7i.large\"",
    ],
    [
      'too many replicas',
      { ...dev, database: { ...dev.database, replicas: 6 } },
      '  database.replicas: expected a whole number from 0 to 5, got 6',
    ],
    [
      'a wait for a replica that is not there',
      {
        ...dev,
        sessions: { ...dev.sessions, replicas: 0 },
        optOuts: { ...dev.optOuts, sessionReplica: 'A lost session costs a developer one login.' },
      },
      '  sessions.durability: expected \'primary\' without a replica to wait for (sessions.replicas is 0), got "replicated"',
    ],
    [
      'a log of an engine that has none',
      { ...dev, sessions: { ...dev.sessions, engine: 'redis', nodeClass: 'm7g.large', durability: 'logged' } },
      "  sessions.engine: expected 'valkey', which alone has a log in several zones (sessions.durability is 'logged'), got \"redis\"",
    ],
    [
      'a log on a class that has none',
      { ...dev, sessions: { ...dev.sessions, durability: 'logged' } },
      "  sessions.nodeClass: expected a class with a log, such as 'm7g.large' (sessions.durability is 'logged'), got \"t4g.micro\"",
    ],
    [
      'a lock that keeps backups for longer than they are made for',
      { ...staging, database: { ...staging.database, vaultLock: { minDays: 36 } } },
      '  database.vaultLock.minDays: expected at most 35, the days that a backup is kept, got 36',
    ],
    [
      'a lock where no backup is retained',
      { ...dev, database: { ...dev.database, vaultLock: { minDays: 7 } } },
      '  database.vaultLock: expected none without database.retain, which makes the vault, got "a lock"',
    ],
    [
      'a cluster of more nodes than ElastiCache allows',
      { ...dev, sessions: { ...dev.sessions, shards: 46 } },
      "  sessions.shards: expected shards × (1 + sessions.replicas) of at most 90, ElastiCache's quota of nodes, got 46",
    ],
    [
      'an origin with a path',
      { ...dev, fleet: { ...dev.fleet, corsOrigins: ['https://admin.example.com/'] } },
      '  fleet.corsOrigins[0]: expected an https origin without a path, such as \'https://admin.example.com\', got "https://admin.example.com/"',
    ],
    [
      'a rule of the firewall that is none',
      {
        ...dev,
        edge: { ...dev.edge, firewall: { ...dev.edge.firewall, counted: ['SizeRestrictions_BODY'] } },
        optOuts: { ...dev.optOuts, blockingFirewall: 'Counting until the first report was read.' },
      },
      "  edge.firewall.counted[0]: expected 'Flood', a managed group in use, or group/rule, as 'npm run firewall-report' names them, got \"SizeRestrictions_BODY\"",
    ],
    [
      'a firewall that only counts, without a reason',
      { ...dev, edge: { ...dev.edge, firewall: { ...dev.edge.firewall, counted: ['Flood'] } } },
      '  optOuts.blockingFirewall: expected a written reason for having no firewall whose every rule blocks, got nothing',
    ],
    [
      'limits by the clock beyond those of the fleet',
      { ...prod, fleet: { ...prod.fleet, schedule: [{ name: 'Morning', cron: '0 7 * * *', min: 4, max: 20 }] } },
      '  fleet.schedule[0].max: expected at most fleet.max (10), got 20',
    ],
    [
      'a peak that the servers of the other zones do not carry',
      { ...prod, fleet: { ...prod.fleet, peak: 7 } },
      '  fleet.peak: expected at most the 6 servers left of 10 when one of 3 zones is lost (fleet.max, fleet.upAboveCpu), got 7',
    ],
    [
      'more connections than the database takes',
      { ...dev, fleet: { ...dev.fleet, max: 10, databasePool: 20 } },
      '  fleet.databasePool: expected twice the connections of all backends, services and workers (fleet.max, fleet.processes, services, workers) of at most 89 (80 % of what t4g.micro takes), got 920',
    ],
    [
      'a preset that is not built',
      { ...dev, preset: 'single-server' },
      "  preset: expected 'horizontal' or 'multi-region' (the others are not yet built), got \"single-server\"",
    ],
    [
      'an opt-out without a reason',
      { ...prod, database: { ...prod.database, multiAz: false } },
      '  optOuts.multiAzDatabase: expected a written reason for having no standby of the database in another zone, got nothing',
    ],
    [
      'a reason for nothing',
      { ...prod, optOuts: { firewall: 'Because nobody attacks us.' } },
      '  optOuts.firewall: expected no reason, since the environment has web application firewall, got "Because nobody attacks us."',
    ],
    [
      'a reason that says nothing',
      { ...dev, optOuts: { ...dev.optOuts, firewall: 'no' } },
      '  optOuts.firewall: expected a written reason of at least 15 characters, got "no"',
    ],
  ])('%s names its path, what was expected and what it got', (_, value, line) => {
    expect(faults(value).split('\n')).toEqual(["lib/config/x.ts can't be used:", line]);
  });
});

it('prints an opt-out with its reason', () => {
  expect(optOutLines(environment('staging'))).toEqual([
    'staging has no way out that survives the loss of a zone: Staging may lose its way out with a zone; two gateways less save 75 USD a month. (optOuts.natPerZone)',
  ]);
});

it.each([
  [
    { balancing: { ...prod.balancing, slowStartSeconds: 60 } },
    "balancing.slowStartSeconds: expected none with 'least-outstanding': only 'round-robin' starts slowly, got 60",
  ],
  [
    { fleet: { ...prod.fleet, spare: { kind: 'pool' } } },
    'fleet.spare.kind: expected one of \'warm-pool\', got "pool"',
  ],
])('names the fault of %j', (part, fault) => {
  expect(faults({ ...prod, ...part })).toContain(fault);
});

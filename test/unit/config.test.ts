import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { checked } from '../../lib/config/check';
import { dev } from '../../lib/config/dev';
import { optOutLines } from '../../lib/config/opt-outs';
import { probesOf } from '../../lib/config/probes';
import { prod } from '../../lib/config/prod';
import { staging } from '../../lib/config/staging';

const faults = (value: unknown): string => {
  try {
    checked(value, 'lib/config/x.ts');
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

const OPEN_SEARCH = 'arn:aws:es:eu-central-1:111111111111:domain/logs';
const CDN = { kind: 'cdn', name: 'other', target: 'site.other-cdn.net' };
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
    ]);
  });
});

it('has the faults of a whole chain reported at once', () => {
  const dns = { chain: [CDN, CDN, { kind: 'balancer' }], checkSeconds: 5, failures: 0 };
  const broken = {
    ...prod,
    dns,
    domain: { ...prod.domain, name: 'example.com' },
    edge: { ...prod.edge, directAccess: 'never' },
  };
  const paths = faults(broken)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(':')[0]);
  expect(paths.sort()).toEqual([
    'dns.chain[0]',
    'dns.chain[1]',
    'dns.chain[1]',
    'dns.chain[2]',
    'dns.checkSeconds',
    'dns.failures',
  ]);
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
    [
      'a route to a channel that is not set up',
      { ...dev, alerts: { ...dev.alerts, routes: { critical: ['slack'], warning: ['pagerDuty'], info: ['slack'] } } },
      '  alerts.routes.warning[0]: expected a channel that is set up in alerts.channels, got "pagerDuty"',
    ],
    [
      'channels of which none hears what is critical',
      { ...dev, alerts: { ...dev.alerts, channels: {} } },
      '  alerts.channels: expected at least one channel for what is critical, got {}',
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
      'an override of no alert',
      { ...dev, alerts: { ...dev.alerts, thresholds: { Nothing: 1 } } },
      '  alerts.thresholds.Nothing: expected the name of an alert in lib/alerts, got "Nothing"',
    ],
    [
      'a threshold of a burn rate, which an objective has',
      { ...dev, alerts: { ...dev.alerts, thresholds: { LatencyBurnsFast: 1 } } },
      '  alerts.thresholds.LatencyBurnsFast: expected none: alerts.slo says what is good enough, got 1',
    ],
    [
      'a threshold of a composite',
      { ...dev, alerts: { ...dev.alerts, thresholds: { CapacityExhausted: 1 } } },
      '  alerts.thresholds.CapacityExhausted: expected none: it has the thresholds of its parts, got 1',
    ],
    [
      'a band without a width',
      { ...dev, alerts: { ...dev.alerts, thresholds: { TrafficUnusual: 0 } } },
      '  alerts.thresholds.TrafficUnusual: expected a width above 0, in standard deviations, got 0',
    ],
    [
      'an objective that leaves nothing to spend',
      { ...dev, alerts: { ...dev.alerts, slo: { availability: 100 } } },
      '  alerts.slo.availability: expected a percentage from 90 to 99.999, got 100',
    ],
    [
      'a window of maintenance at no time',
      { ...dev, alerts: { ...dev.alerts, maintenance: [{ at: '25:00', minutes: 60 }] } },
      '  alerts.maintenance[0].at: expected a time of day in UTC, such as \'03:30\', got "25:00"',
    ],
    [
      'unusual costs without a tag to find them by',
      { ...dev, tags: {}, alerts: { ...dev.alerts, costAnomalyUsd: 50 } },
      '  tags.environment: expected a value by which alerts.costAnomalyUsd finds the costs, got nothing',
    ],
    [
      'a domain outside its zone',
      { ...prod, domain: { ...prod.domain, name: 'www.example.org' } },
      '  domain.name: expected example.com or a name below it, got "www.example.org"',
    ],
    [
      "'failover' without a domain",
      { ...staging, edge: { ...staging.edge, directAccess: 'failover' } },
      '  edge.directAccess: expected \'never\' without a domain, since the balancer has no certificate then, got "failover"',
    ],
    [
      'a second region that is the first',
      { ...prod, recovery: { region: 'eu-west-1' } },
      '  recovery.region: expected another region than eu-west-1 and us-east-1, with which it would fail, got "eu-west-1"',
    ],
    [
      'a second region that falls with the edge',
      { ...prod, recovery: { region: 'us-east-1' } },
      '  recovery.region: expected another region than eu-west-1 and us-east-1, with which it would fail, got "us-east-1"',
    ],
    [
      'a second region that is not known',
      { ...prod, recovery: { region: 'eu-south-9' } },
      '  recovery.region: expected one of ap-northeast-1, ap-south-1, ap-southeast-1, ap-southeast-2, ca-central-1, eu-central-1, eu-north-1, eu-west-1, eu-west-2, eu-west-3, sa-east-1, us-east-2, us-west-1, us-west-2, got "eu-south-9"',
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
      'a domain for logs in another region',
      {
        ...dev,
        logs: { openSearch: { endpoint: 'https://logs.example.com', domainArn: OPEN_SEARCH } },
      },
      `  logs.openSearch.domainArn: expected a domain in eu-west-1, whose servers write to it, got "${OPEN_SEARCH}"`,
    ],
    [
      'a host of the site that is none',
      { ...dev, frontend: { hosting: 'both' } },
      "  frontend.hosting: expected one of 'cdn', 'servers', got \"both\"",
    ],
    [
      'limits by the clock beyond those of the fleet',
      { ...prod, fleet: { ...prod.fleet, schedule: [{ name: 'Morning', cron: '0 7 * * *', min: 4, max: 20 }] } },
      '  fleet.schedule[0].max: expected at most fleet.max (10), got 20',
    ],
    [
      'more connections than the database takes',
      { ...dev, fleet: { ...dev.fleet, max: 10, databasePool: 20 } },
      '  fleet.databasePool: expected twice the connections of all backends, services and workers (fleet.max, fleet.processes, services, workers) of at most 89 (80 % of what t4g.micro takes), got 920',
    ],
    [
      'a chain of names without a domain',
      { ...staging, dns: { chain: [], checkSeconds: 30, failures: 3 } },
      '  dns: expected none without a domain, got []',
    ],
    [
      "a balancer in the chain that visitors can't reach",
      { ...prod, edge: { ...prod.edge, directAccess: 'never' } },
      '  dns.chain[0]: expected no balancer with edge.directAccess \'never\', where only CloudFront reaches it, got "balancer"',
    ],
    [
      'a tier that comes twice',
      { ...prod, dns: { ...prod.dns, chain: [{ kind: 'balancer' }, { kind: 'balancer' }] } },
      '  dns.chain[1]: expected a tier that comes once, got "balancer"',
    ],
    [
      'another CDN at the apex',
      { ...prod, domain: { ...prod.domain, name: 'example.com' }, dns: { ...prod.dns, chain: [CDN] } },
      '  dns.chain[0]: expected the balancer alone at the apex of a zone (example.com), which can be no CNAME; a cdn needs a domain.name below it, got "site.other-cdn.net"',
    ],
    [
      'a tier checked by the public name',
      { ...prod, dns: { ...prod.dns, chain: [{ ...CDN, checkName: 'www.example.com' }] } },
      '  dns.chain[0].checkName: expected the tier\'s own name: the public one leads to whatever tier is healthy, got "www.example.com"',
    ],
    [
      'a time to live of aliases',
      { ...prod, dns: { ...prod.dns, ttlSeconds: 30 } },
      "  dns.ttlSeconds: expected none, since all tiers are aliases, which have AWS's 60 s, got 30",
    ],
    [
      'a tier of no kind',
      { ...prod, dns: { ...prod.dns, chain: [{ kind: 'akamai' }] } },
      "  dns.chain[0].kind: expected one of { kind: 'balancer' }, { kind: 'cdn', … }, { kind: 'region', … }, got \"akamai\"",
    ],
    [
      'an interval that Route 53 has not',
      { ...prod, dns: { ...prod.dns, checkSeconds: 20 } },
      '  dns.checkSeconds: expected one of 10, 30, got 20',
    ],
    [
      'a preset that is not built',
      { ...dev, preset: 'multi-region' },
      '  preset: expected \'horizontal\' (the others are not yet built), got "multi-region"',
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
    'staging has no way out that survives the loss of a zone: Staging may lose its way out with a zone; two gateways less save 70 USD a month. (optOuts.natPerZone)',
  ]);
});

it.each([
  [
    { balancing: { ...prod.balancing, slowStartSeconds: 60 } },
    "balancing.slowStartSeconds: expected none with 'least-outstanding': only 'round-robin' starts slowly, got 60",
  ],
  [{ fleet: { ...prod.fleet, spare: { kind: 'pool' } } }, 'fleet.spare.kind: expected \'warm-pool\', got "pool"'],
  [{ tracing: { sampleRate: 0 } }, 'tracing.sampleRate: expected a share from 0.001 to 1, got 0'],
  [{ metrics: { prometheus: 'yes' } }, 'metrics.prometheus: expected true or false, got "yes"'],
  [
    { errorTracker: { dsnSecretArn: 'https://key@host/1' } },
    "errorTracker.dsnSecretArn: expected a secret's complete ARN",
  ],
])('names the fault of %j', (part, fault) => {
  expect(faults({ ...prod, ...part })).toContain(fault);
});

describe('probes', () => {
  it('look from the second region, or from us-east-1 where there is none', () => {
    expect(probesOf(prod).uptime.region).toBe('eu-central-1');
    expect(probesOf(dev).uptime.region).toBe('us-east-1');
  });

  it('look from no region whose alarms nobody hears', () => {
    const from = (region: string) => ({ ...prod, probes: { uptime: { region } } });
    expect(faults(from('ap-south-1'))).toContain(
      '  probes.uptime.region: expected one of us-east-1, eu-central-1, got "ap-south-1"',
    );
    expect(faults(from('us-east-1'))).toBe('');
  });
});

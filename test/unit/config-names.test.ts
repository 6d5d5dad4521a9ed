/** What configuration refuses of names, and of who answers under them. */
import { dev } from '../../lib/config/dev';
import { prod } from '../../lib/config/prod';
import { staging } from '../../lib/config/staging';
import { faults } from '../support/faults';

const CDN = { kind: 'cdn', name: 'other', target: 'site.other-cdn.net' };
/** With one balancer. */
const single = {
  ...prod,
  preset: 'horizontal',
  recovery: { region: prod.recovery.region },
  dns: { ...prod.dns, chain: [{ kind: 'balancer' }] },
};

it('has the faults of a whole chain reported at once', () => {
  const dns = { chain: [CDN, CDN, { kind: 'balancer' }], checkSeconds: 5, failures: 0 };
  const broken = {
    ...single,
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
      { ...single, recovery: { region: 'eu-west-1' } },
      '  recovery.region: expected another region than eu-west-1 and us-east-1, with which it would fail, got "eu-west-1"',
    ],
    [
      'a second region that falls with the edge',
      { ...single, recovery: { region: 'us-east-1' } },
      '  recovery.region: expected another region than eu-west-1 and us-east-1, with which it would fail, got "us-east-1"',
    ],
    [
      'a second region that is not known',
      { ...single, recovery: { region: 'eu-south-9' } },
      '  recovery.region: expected one of ap-northeast-1, ap-south-1, ap-southeast-1, ap-southeast-2, ca-central-1, eu-central-1, eu-north-1, eu-west-1, eu-west-2, eu-west-3, sa-east-1, us-east-2, us-west-1, us-west-2, got "eu-south-9"',
    ],
    [
      'a host of the site that is none',
      { ...dev, frontend: { hosting: 'both' } },
      "  frontend.hosting: expected one of 'cdn', 'servers', got \"both\"",
    ],
    [
      'a chain of names without a domain',
      { ...staging, dns: { chain: [], checkSeconds: 30, failures: 3 } },
      '  dns: expected none without a domain, got []',
    ],
    [
      "a balancer in the chain that visitors can't reach",
      { ...single, edge: { ...prod.edge, directAccess: 'never' } },
      '  dns.chain[0]: expected no balancer with edge.directAccess \'never\', where only CloudFront reaches it, got "balancer"',
    ],
    [
      'a second balancer that nothing builds',
      { ...single, dns: { ...prod.dns, chain: [{ kind: 'balancer' }, { kind: 'standby' }] } },
      "  dns.chain[1]: expected no standby without recovery.mode 'pilot-light' or 'warm-standby', which build it, got nothing",
    ],
    [
      'a second balancer before the first',
      { ...prod, dns: { ...prod.dns, chain: [{ kind: 'standby' }, { kind: 'balancer' }] } },
      '  dns.chain[0]: expected the standby after { kind: \'balancer\' }: before it visitors would only read while the first region can write, got "standby, balancer"',
    ],
    [
      'a tier that comes twice',
      { ...prod, dns: { ...prod.dns, chain: [{ kind: 'balancer' }, { kind: 'balancer' }] } },
      '  dns.chain[1]: expected a tier that comes once, got "balancer"',
    ],
    [
      'another CDN at the apex',
      { ...prod, domain: { ...prod.domain, name: 'example.com' }, dns: { ...prod.dns, chain: [CDN] } },
      '  dns.chain[0]: expected balancers alone at the apex of a zone (example.com), which can be no CNAME; a cdn needs a domain.name below it, got "site.other-cdn.net"',
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
      "  dns.chain[0].kind: expected one of { kind: 'balancer' }, { kind: 'cdn', … }, { kind: 'standby' }, { kind: 'region', … }, got \"akamai\"",
    ],
    [
      'an interval that Route 53 has not',
      { ...prod, dns: { ...prod.dns, checkSeconds: 20 } },
      '  dns.checkSeconds: expected one of 10, 30, got 20',
    ],
  ])('%s names its path, what was expected and what it got', (_, value, line) => {
    expect(faults(value).split('\n')).toEqual(["lib/config/x.ts can't be used:", line]);
  });
});

/** What must hold between `dns` and the rest of an environment: tiers that differ, that can be reached, and whose records can be made. */
import { hostOf } from './dns';
import { standbyOf } from './recovery';
import { type Rule, unless } from './rule';

type Tier = NonNullable<Parameters<Rule>[0]['dns']>['chain'][number];

const identity = (tier: Tier) => (tier.kind === 'cdn' ? `cdn ${tier.name}` : tier.kind);

export const DNS_RULES: readonly Rule[] = [
  ({ dns, domain }) => unless(!dns || domain !== undefined, 'dns', 'none without a domain', dns?.chain),
  ({ dns, edge }) =>
    (dns?.chain ?? []).flatMap((tier, index) =>
      unless(
        tier.kind !== 'balancer' || edge.directAccess === 'failover',
        `dns.chain[${index}]`,
        "no balancer with edge.directAccess 'never', where only CloudFront reaches it",
        tier.kind,
      ),
    ),
  ({ dns, recovery }) =>
    (dns?.chain ?? []).flatMap((tier, index) =>
      unless(
        tier.kind !== 'standby' || standbyOf({ recovery }) !== undefined,
        `dns.chain[${index}]`,
        "no standby without recovery.mode 'pilot-light' or 'warm-standby', which build it",
        recovery?.mode,
      ),
    ),
  ({ dns }) =>
    (dns?.chain ?? []).flatMap((tier, index, all) =>
      unless(
        tier.kind !== 'standby' || all.slice(0, index).some(({ kind }) => kind === 'balancer'),
        `dns.chain[${index}]`,
        "the standby after { kind: 'balancer' }: before it visitors would only read while the first region can write",
        all.map(({ kind }) => kind).join(', '),
      ),
    ),
  ({ dns }) =>
    (dns?.chain ?? []).flatMap((tier, index, all) =>
      unless(
        all.findIndex((other) => identity(other) === identity(tier)) === index,
        `dns.chain[${index}]`,
        'a tier that comes once',
        identity(tier),
      ),
    ),
  ({ dns, domain }) =>
    (dns?.chain ?? []).flatMap((tier, index) =>
      unless(
        !hostOf(tier) || !domain || domain.name !== domain.zoneName,
        `dns.chain[${index}]`,
        `balancers alone at the apex of a zone (${domain?.zoneName}), which can be no CNAME; a ${tier.kind} needs a domain.name below it`,
        hostOf(tier),
      ),
    ),
  ({ dns, domain }) =>
    (dns?.chain ?? []).flatMap((tier, index) =>
      Object.entries(tier).flatMap(([field, value]) =>
        unless(
          value !== domain?.name,
          `dns.chain[${index}].${field}`,
          "the tier's own name: the public one leads to whatever tier is healthy",
          value,
        ),
      ),
    ),
  ({ dns }) =>
    unless(
      dns?.ttlSeconds === undefined || dns.chain.some(hostOf),
      'dns.ttlSeconds',
      "none, since all tiers are aliases, which have AWS's 60 s",
      dns?.ttlSeconds,
    ),
];

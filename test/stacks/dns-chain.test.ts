/** Chains of tiers under the public name, by resolving what the template has as Route 53 would: every subset of failed tiers. */
import type { Dns } from '../../lib/config/dns';
import { prod } from '../../lib/config/prod';
import { BALANCER, DISTRIBUTION, dnsTemplate, withDns } from '../support/dns';
import { healthChecks, Zone } from '../support/route53';

const NAME = 'www.example.com.';
const balancer = { kind: 'balancer' } as const;
const cdn = { kind: 'cdn', name: 'other', target: 'site.other-cdn.net' } as const;
const third = { kind: 'cdn', name: 'third', target: 'site.third-cdn.net', checkName: 'check.third-cdn.net' } as const;
const region = { kind: 'region', host: 'www-eu-central.example.com' } as const;
const ORIGIN = 'origin.www.example.com';

/** Chain after CloudFront · type of all records · by which name each tier is checked. */
const CHAINS: readonly (readonly [string, Dns['chain'], readonly string[], readonly string[]])[] = [
  ['the balancer', [balancer], ['A', 'AAAA'], [DISTRIBUTION, ORIGIN]],
  ['another CDN', [cdn], ['CNAME'], [DISTRIBUTION, cdn.target]],
  ['another CDN and the balancer', [cdn, balancer], ['CNAME'], [DISTRIBUTION, cdn.target, ORIGIN]],
  [
    'another CDN, the balancer and a second region',
    [cdn, balancer, region],
    ['CNAME'],
    [DISTRIBUTION, cdn.target, ORIGIN, region.host],
  ],
  [
    'as many as there may be',
    [cdn, third, balancer, region],
    ['CNAME'],
    [DISTRIBUTION, cdn.target, third.checkName, ORIGIN, region.host],
  ],
];

const dns = (chain: Dns['chain']): Dns => ({ chain, checkSeconds: 10, failures: 2 });
const subsets = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  all.reduce<readonly (readonly T[])[]>((some, each) => some.flatMap((one) => [one, [...one, each]]), [[]]);

describe.each(CHAINS)('CloudFront, then %s', (_, chain, types, names) => {
  const template = dnsTemplate(withDns(dns(chain)));
  const checks = healthChecks(template);
  const idOf = new Map(checks.map(({ id, name }) => [name, id]));
  const nameOf = new Map(checks.map(({ id, name }) => [id, name]));
  const zone = (failed: readonly string[]) => new Zone(template, (id) => !failed.includes(String(nameOf.get(id))));

  it('asks each tier by its own name', () => {
    expect(checks.map(({ name }) => name)).toEqual(names);
  });

  it('has records of one type, for IPv4 and IPv6 alike', () => {
    expect([...new Set(zone([]).records.map(({ Type }) => Type))]).toEqual(types);
  });

  it.each(types)('answers %s with the first tier that is healthy, whichever have failed', (type) => {
    for (const failed of subsets(names)) {
      const next = names.find((name) => !failed.includes(name)) ?? names[0]; // all failed: as if none had
      const record = zone(failed).resolve(NAME, type)?.record;
      expect([failed, record?.HealthCheckId?.['Fn::GetAtt'][0]]).toEqual([failed, idOf.get(next ?? '')]);
    }
  });

  it('passes a name for every two tiers left, and no more', () => {
    const last = names.at(-1) ?? '';
    const passed = zone(names.filter((name) => name !== last)).resolve(NAME, types[0] ?? '')?.passed;
    expect(passed).toEqual([NAME, ...names.slice(2).map((_, index) => `_fallback${index + 1}.${NAME}`)]);
  });

  it('makes a name before the alias that leads to it, as Route 53 demands', () => {
    for (const { Properties, ...resource } of Object.values(template.Resources)) {
      const { DNSName, HostedZoneId } = (Properties?.AliasTarget ?? {}) as Record<string, unknown>;
      if (HostedZoneId !== Properties?.HostedZoneId || DNSName === undefined) continue;
      const needed = Object.entries(template.Resources)
        .filter(([, other]) => other.Properties?.Name === DNSName && other.Properties?.Type === Properties?.Type)
        .map(([id]) => id);
      expect(needed).toHaveLength(2);
      expect((resource as { DependsOn?: readonly string[] }).DependsOn).toEqual(needed.sort());
    }
  });

  it('has an alarm for every tier', () => {
    const alarms = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
    const watched = alarms.map(({ Properties }) => JSON.stringify(Properties?.Dimensions));
    for (const { id } of checks) expect(watched.filter((dimensions) => dimensions.includes(id))).toHaveLength(1);
  });
});

describe('a tier', () => {
  const CNAMES = dnsTemplate(withDns({ ...dns([cdn, balancer]), ttlSeconds: 30 }));
  const answer = (template: typeof CNAMES, type: string, failed: readonly string[]) => {
    const down = healthChecks(template).filter(({ name }) => failed.includes(String(name)));
    return new Zone(template, (id) => !down.some((check) => check.id === id)).resolve(NAME, type);
  };

  it('is led to by its own host name and the configured time to live, where there are CNAMEs', () => {
    const [first, second, last] = [[], [DISTRIBUTION], [DISTRIBUTION, cdn.target]].map((failed) =>
      answer(CNAMES, 'CNAME', failed),
    );
    expect(first).toMatchObject({ ttlS: 30, record: { ResourceRecords: [DISTRIBUTION] } });
    expect(second).toMatchObject({ ttlS: 30, record: { ResourceRecords: [cdn.target] } });
    expect(last).toMatchObject({ ttlS: 30, record: { ResourceRecords: [`dualstack.${BALANCER}`] } });
  });

  it("is led to by an alias, with AWS's time to live, where all are AWS's own", () => {
    const apex = { name: 'example.com', zoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'example.com' };
    const zone = new Zone(dnsTemplate(withDns(dns([balancer]), { domain: apex })), () => true);
    expect(zone.resolve('example.com.', 'A')).toMatchObject({
      ttlS: 60,
      record: { AliasTarget: { DNSName: DISTRIBUTION } },
    });
  });

  it('stands behind CloudFront without the balancer, where that is internal', () => {
    const alone = { preset: 'horizontal', recovery: { region: prod.recovery.region } } as const;
    const config = withDns(dns([cdn]), { ...alone, edge: { ...prod.edge, directAccess: 'never' } });
    const text = JSON.stringify(dnsTemplate(config));
    expect(text).toContain(cdn.target);
    expect(text).not.toContain(BALANCER);
    expect(text).not.toContain(ORIGIN);
  });

  it('alone has no pair, and nothing stands behind it', () => {
    const alone = new Zone(dnsTemplate(withDns(dns([]))), () => false);
    expect(alone.records.map(({ Failover, HealthCheckId }) => [Failover, HealthCheckId])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(alone.resolve(NAME, 'A')?.record.AliasTarget?.DNSName).toBe(DISTRIBUTION);
  });
});

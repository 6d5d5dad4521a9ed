/** Names that lead to two regions, resolved as Route 53 would: with every subset of what fails, and with either region as the one that writes. */

import { FENCE_PATH, fenceAnswer } from '../../lambda/failover/fence';
import { originName } from '../../lib/config/dns';
import type { Environment } from '../../lib/config/environment';
import { prod } from '../../lib/config/prod';
import { TEMPLATES } from '../support/assemblies';
import { withDns } from '../support/dns';
import { regionsTemplate } from '../support/regions';
import { healthOf, type RecordSet, Zone } from '../support/route53';
import { properties, stackTemplate } from '../support/stack';

const NAME = 'www.example.com.';
const ORIGIN = `origin.${NAME}`;
const STATIC = `static.${NAME}`;
const OFFICE = 'office.example.com.';
const [FIRST, SECOND] = [prod.region, prod.recovery.region].map((region) => originName(prod.domain, region));
const cdn = { kind: 'cdn', name: 'other', target: 'site.other-cdn.net' } as const;
const office = { name: 'office', hosts: ['office.example.com'], processes: 1 } as const;

const environments: readonly (readonly [string, Environment])[] = [
  ['CloudFront and both balancers', withDns(prod.dns)],
  [
    'another CDN too, fixed addresses and a service with a host of its own',
    withDns(
      { chain: [cdn, { kind: 'balancer' }, { kind: 'standby' }], checkSeconds: 10, failures: 3 },
      { balancing: { ...prod.balancing, staticAddresses: true }, services: [office] },
    ),
  ],
];

/** What can fail each by itself; of a balancer without servers the rules still answer. */
const FAULTS = ['site', 'cdn', 'first', 'second servers'] as const;
type Fault = (typeof FAULTS)[number] | 'second';
const SUBSETS = FAULTS.reduce<readonly (readonly Fault[])[]>(
  (some, each) => some.flatMap((one) => [one, [...one, each]]),
  [[]],
);

describe.each(environments)('%s', (_, config) => {
  const template = regionsTemplate(config);
  const names = config.services ? [NAME, ORIGIN, STATIC, OFFICE] : [NAME, ORIGIN];
  const types = new Zone(template, () => true).records.some(({ Type, Name }) => Type === 'CNAME' && Name === NAME)
    ? { [NAME]: 'CNAME' }
    : {};

  const zone = (active: boolean, faults: readonly Fault[]) =>
    new Zone(
      template,
      healthOf(template, (host, path) => {
        if (host === cdn.target) return !faults.includes('cdn');
        if (host === FIRST) return !faults.includes('first');
        if (host !== SECOND) return !faults.includes('site');
        if (faults.includes('second')) return false;
        return path === FENCE_PATH ? fenceAnswer(active).StatusCode === '200' : !faults.includes('second servers');
      }),
    );
  const place = (record: RecordSet | undefined) => {
    const text = JSON.stringify(record?.AliasTarget?.DNSName ?? record?.ResourceRecords);
    return ['Test-eu-west-1', 'Test-eu-central-1', cdn.target].find((each) => text.includes(each)) ?? 'site';
  };
  const led = (name: string, active: boolean, ...faults: readonly Fault[]) =>
    place(zone(active, faults).resolve(name, (types as Record<string, string>)[name] ?? 'A')?.record);

  it('leads nobody to the first balancer while the second region writes, whatever has failed', () => {
    for (const faults of SUBSETS)
      for (const name of names) expect([name, faults, led(name, true, ...faults)]).not.toContain('Test-eu-west-1');
  });

  it('leads nobody to the second balancer while the first answers and writes, whatever else has failed', () => {
    for (const faults of SUBSETS.filter((each) => !each.includes('first')))
      for (const name of names) expect([name, faults, led(name, false, ...faults)]).not.toContain('Test-eu-central-1');
  });

  it('has the second answer for the first, before anybody has done anything', () => {
    for (const name of names.slice(1)) {
      expect(led(name, false)).toBe('Test-eu-west-1');
      expect(led(name, false, 'first')).toBe('Test-eu-central-1');
      expect(led(name, false, 'first', 'second servers')).toBe('Test-eu-central-1'); // with nobody behind it there is no better
    }
    expect(led(NAME, false, 'site', 'cdn')).toBe('Test-eu-west-1');
    expect(led(NAME, false, 'site', 'cdn', 'first')).toBe('Test-eu-central-1');
    expect(led(NAME, false, ...FAULTS)).toBe('site');
  });

  it('goes on with the first when the second region is gone and did not write', () => {
    for (const name of names.slice(1)) expect(led(name, false, 'second')).toBe('Test-eu-west-1');
  });

  it('can not know of a fence that is gone with its region: that the first has one of its own is the failover’s work', () => {
    expect(led(ORIGIN, true, 'second')).toBe('Test-eu-west-1');
  });

  it('leads to each balancer by its own name, whatever fails and whoever writes', () => {
    for (const active of [true, false])
      for (const [name, region] of [
        [FIRST, 'Test-eu-west-1'],
        [SECOND, 'Test-eu-central-1'],
      ])
        expect(led(`${name}.`, active, ...FAULTS)).toBe(region);
  });
});

describe('in production', () => {
  const [first, second] = ['Backend', 'BackendRecovery'].map((stack) => stackTemplate('prod', stack));

  it('CloudFront’s name stays what it was without a second region: what it leads to is all that changes', () => {
    const [record] = properties(first as never, 'AWS::Route53::RecordSet').filter(({ Name }) => Name === ORIGIN);
    expect(record).toEqual({
      Name: ORIGIN,
      Type: 'A',
      HostedZoneId: prod.domain.zoneId,
      AliasTarget: { DNSName: `_regions.${ORIGIN}`, HostedZoneId: prod.domain.zoneId },
    });
  });

  it('the second side of the pair has no check: unhealthy, it would lead to the first, fence or not', () => {
    const [side] = properties(second as never, 'AWS::Route53::RecordSet').filter(({ Failover }) => Failover);
    expect(side).toMatchObject({ Failover: 'SECONDARY', Name: `_regions.${ORIGIN}` });
    expect(side.HealthCheckId).toBeUndefined();
    expect(side.AliasTarget.EvaluateTargetHealth).toBe(false);
  });

  it('the fence is lowered at first, and answers before every other rule', () => {
    const rules = properties(second as never, 'AWS::ElasticLoadBalancingV2::ListenerRule');
    const [rule] = rules.filter(({ Conditions }) => JSON.stringify(Conditions).includes(FENCE_PATH));
    expect(rule).toMatchObject({ Priority: 1, Actions: [{ FixedResponseConfig: fenceAnswer(false) }] });
    expect(
      rules.filter(({ Priority, ListenerArn }) => Priority === 1 && ListenerArn.Ref === rule.ListenerArn.Ref),
    ).toHaveLength(1);
    expect(JSON.stringify(first)).not.toContain(`"Values":["${FENCE_PATH}"]`);
  });

  it('each balancer has its own name in its certificate, and its servers know it', () => {
    for (const [stack, own] of [
      [first, FIRST],
      [second, SECOND],
    ] as const) {
      const [{ SubjectAlternativeNames }] = properties(stack as never, 'AWS::CertificateManager::Certificate');
      expect(SubjectAlternativeNames).toEqual(['origin.www.example.com', own]);
      expect(JSON.stringify(stack)).toMatch(new RegExp(`HOSTS=.{0,3}www.example.com origin.www.example.com ${own}`));
    }
  });

  it('nothing there needs the first region', () => {
    const template = TEMPLATES.find(({ environment, stack }) => environment === 'prod' && stack === 'BackendRecovery');
    const records = Object.values(template?.template.Resources ?? {}).filter(({ Type }) => /Route53|Rule$/.test(Type));
    expect(records.length).toBeGreaterThan(1);
    expect(JSON.stringify(records)).not.toMatch(/Fn::(GetStackOutput|ImportValue)/);
  });
});

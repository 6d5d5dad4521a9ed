/** What an environment survives, by the failure graph over its templates: the claims that production keeps, the page, and that a weaker template is found out. */
import { readFileSync } from 'node:fs';
import { type Resource, type Stack, stacksOf } from '../../lib/commands/assembly';
import { withReport } from '../../lib/commands/markdown';
import { staticStability } from '../../lib/commands/whatif/capacity';
import { duration } from '../../lib/commands/whatif/figures';
import { lossNamed } from '../../lib/commands/whatif/losses';
import { lossText, noticed, pageText, rto } from '../../lib/commands/whatif/report';
import { systemOf } from '../../lib/commands/whatif/simulate';
import type { Verdict } from '../../lib/commands/whatif/verdict';
import { environment } from '../../lib/config';
import type { Environment } from '../../lib/config/environment';
import { prod as config } from '../../lib/config/prod';
import { ASSEMBLIES } from '../support/assemblies';

const stacks = stacksOf(`${ASSEMBLIES}/prod`);
const prod = systemOf(config, stacks);
const PAGE = readFileSync('docs/recovery.md', 'utf8');

const SURVIVED =
  /^(zone|instance|worker|NAT|Redis primary|Redis node|database primary|replica|bucket|CloudFront|probe|SNS topic)$/;
/** Of the second region: its loss is a loss while the first one is there. */
const WAITING = / in eu-central-1/;
const VISITORS = ['pages', 'API', 'logins'] as const;
const survived = prod.losses.filter(({ kind }) => SURVIVED.test(kind)).map(({ name }) => name);
const lost = (name: string, system = prod) => system.lose(lossNamed(system.losses, name));

/** Production with other properties of some resources; without those for which nothing is returned. */
const changed = (change: (resource: Resource) => Resource['properties'] | undefined): readonly Stack[] =>
  stacks.map((stack) => {
    const other = { ...stack, resources: [] as Resource[] };
    for (const resource of stack.resources) {
      const properties = change(resource);
      if (properties) other.resources.push({ ...resource, properties, stack: other });
    }
    return other;
  });
const setting = (type: string, properties: Resource['properties']) =>
  changed((resource) => (resource.type === type ? { ...resource.properties, ...properties } : resource.properties));

describe('prod', () => {
  it.each(survived)('survives the loss of %s', (name) => {
    const { verdicts } = lost(name);
    const byPeople = VISITORS.filter((each) => verdicts[each].downS > 0 && /failover$/.test(verdicts[each].by ?? ''));
    expect(VISITORS.filter((each) => !Number.isFinite(verdicts[each].downS) || byPeople.includes(each))).toEqual([]);
  });

  it.each(survived)('keeps every answered order when it loses %s', (name) => {
    expect(lost(name).gone.filter((gone) => /database|restored/.test(gone))).toEqual([]);
  });

  it('is back within 121 s, whatever single part of it stops answering', () => {
    const longest = survived.map((name) => Math.max(...VISITORS.map((each) => lost(name).verdicts[each].downS)));
    expect(Math.max(...longest)).toBe(121);
  });

  it('has a row for each key, secret, region and for the account, with what mends it', () => {
    const hard = prod.losses.filter(({ kind }) => /^(KMS key|secret|region|account)$/.test(kind));
    expect(hard.length).toBeGreaterThan(15);
    expect(hard.filter((loss) => prod.lose(loss).mend.length === 0)).toEqual([]);
    expect(rto(lost('KMS key Data.Key'))).toMatch(/API, .*until mended \(enable it, or cancel its deletion/);
  });

  it('has pages without its region, and all else in the second one as soon as its mode promises, but for what had not reached that', () => {
    const { verdicts, gone, fired } = lost(`region ${config.region}`);
    expect(verdicts.pages.downS).toBe(0);
    expect([verdicts.API, verdicts.logins, verdicts.jobs].map(({ downS }) => downS)).toEqual([1596, 1596, 2556]);
    expect(verdicts.API.terms.map(({ formula }) => formula)).toEqual(['900 s', '10 s × 3 + 6 s + 60 s', '600 s']); // a person's word, the fence, the promotion
    expect(gone.join()).toMatch(/commits that had not reached DataRecovery\.DatabasePrimary, at most .* = 60 s/);
    expect(new Set(fired.map(({ region }) => region))).not.toContain(config.region);
    expect(fired.map(({ name }) => name)).toEqual(expect.arrayContaining(['OriginDown', 'UptimeFailed']));
  });

  it.each(prod.losses.map(({ name }) => name).filter((name) => WAITING.test(name)))(
    'lets visitors notice nothing of the loss of %s',
    (name) => {
      expect(noticed(lost(name))).toBe('nothing');
      expect(lost(name).fired.filter(({ severity }) => severity === 'critical')).toEqual([]);
    },
  );

  it('carries its peak with the servers that a lost zone leaves', () => {
    expect(config.fleet.peak).toBe(6);
    expect(staticStability(config)).toMatchObject({ stable: true, text: expect.stringContaining('9 − 3 = 6, enough') });
  });

  it('has the table in docs/recovery.md (else: npm run whatif -- --env prod --page docs/recovery.md)', () => {
    expect(PAGE).toBe(withReport(PAGE, 'recovery', pageText('prod', prod)));
  });
});

const PLAN_PAGE = readFileSync('docs/disaster-recovery.md', 'utf8');
/** What the plan says of a mode: its sum, with one term for the fence. */
const modeRow = (mode: string, { terms, downS }: Verdict) => {
  const seconds = terms.map((term) => `${term.seconds} s`).join(' + ');
  return `| \`${mode}\` | ${seconds} = ${duration(downS)} |`;
};

/** Rows of the plan: loss, noticed by, decides, action, RTO, RPO. */
const PLAN = PLAN_PAGE.split('\n').flatMap((line) => {
  const [, name, ...cells] = /^\| `(.+?)` \| (.*?) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$/.exec(line) ?? [];
  return name === undefined ? [] : [{ name, cells }];
});

describe('the plan in docs/disaster-recovery.md', () => {
  it.each(PLAN)(
    'has of $name the figures and alarms that the templates give',
    ({ name, cells: [alarms, , , time, gone] }) => {
      const result = lost(name);
      expect([time, gone]).toEqual([rto(result), result.gone.join('; ') || 'nothing']);
      const first = result.fired.slice(0, 3).map((fired) => fired.name);
      expect(alarms).toBe(first.join(', ') || 'no alarm');
    },
  );

  it('has the sum of the mode that prod is in', () => {
    expect(PLAN_PAGE).toContain(modeRow('warm-standby', lost(`region ${config.region}`).verdicts.API));
  });

  it('has every loss that takes visitors something which nobody but a person brings back', () => {
    const hard = prod.losses.filter((loss) => {
      const { verdicts } = prod.lose(loss);
      return VISITORS.some((each) => verdicts[each].downS > 121); // a failover to the second region too is a person's
    });
    expect(hard.length).toBeGreaterThan(2);
    expect(PLAN.map(({ name }) => name)).toEqual(expect.arrayContaining(hard.map(({ name }) => name)));
  });
});

describe('the command', () => {
  it('says of a zone what takes over, for how long things are away and why, and who is told', () => {
    const text = lossText('prod', lost('zone eu-west-1a'));
    expect(text).toMatch(/^zone eu-west-1a of prod is lost\.\n/);
    expect(text).toMatch(/PostgreSQL, the primary .* → its standby in another zone/);
    expect(text).toMatch(/^API +away 121 s \(120 s \+ 1 s\)$/m);
    expect(text).toMatch(/^alarms +DatabaseUnreachable \(critical, eu-west-1\) after 2 min/m);
    expect(text).toMatch(/^figures +120 s: .*https:\/\/docs\.aws\.amazon\.com/m);
  });

  it('knows losses of every kind', () => {
    const kinds = [
      ...[
        'zone',
        'instance',
        'worker',
        'balancer',
        'NAT',
        'Redis primary',
        'Redis node',
        'database primary',
        'replica',
      ],
      ...['bucket', 'CloudFront', 'queue', 'probe', 'SNS topic', 'KMS key', 'secret', 'region', 'account'],
    ];
    expect([...new Set(prod.losses.map(({ kind }) => kind))].sort()).toEqual([...kinds].sort());
  });

  it('names each loss once, and says what may have been meant by another', () => {
    const names = prod.losses.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(() => lost('zone eu-west-1x')).toThrow(/such as zone eu-west-1a, .*got 'zone eu-west-1x'/);
  });
});

describe('times', () => {
  it.each([
    ['CloudFront', 'pages', 96, ['10 s × 3 + 6 s + 60 s']],
    ['database primary', 'API', 121, ['120 s', '1 s']],
    ['Redis primary', 'logins', 32, ['30 s', '2 s']],
  ] as const)('of %s add up for %s to %i s', (name, what, downS, formulas) => {
    const verdict = lost(name).verdicts[what];
    expect(verdict.downS).toBe(downS);
    expect(verdict.terms.map(({ formula }) => formula)).toEqual(formulas);
    expect(verdict.terms.every(({ source }) => source.length > 20)).toBe(true);
  });

  it('of one server are those of the target group: some requests fail', () => {
    expect(noticed(lost('instance'))).toBe('some requests fail for 35 s');
  });

  it('of the bucket make each page late instead of failing it', () => {
    expect(noticed(lost('bucket Edge.SiteBucket'))).toBe('pages come up to 4 s late');
  });
});

describe('alarms', () => {
  it.each([
    ['database primary', ['DatabaseUnreachable', 'UptimeFailed']],
    ['CloudFront', ['SiteDown', 'UptimeFailed']],
    ['balancer', ['OriginDown', 'UptimeFailed', 'NoHealthyServer']],
    ['queue Data.JobsQueue', ['OutboxOld']],
    ['probe Probes.RedisFunctionHandler', ['SessionProbeSilent']],
    ['replica Data.DatabaseReplica1', ['ReplicaLagHigh']],
  ])('tell of %s by %j', (name, names) => {
    expect(lost(name).fired.map((fired) => fired.name)).toEqual(expect.arrayContaining(names));
  });

  it('wake nobody for a server that is replaced, or a Redis failover that is over first', () => {
    expect(['instance', 'Redis primary', 'Redis node'].flatMap((name) => lost(name).fired)).toEqual([]);
  });
});

describe('a weaker template is found out', () => {
  const of = (others: readonly Stack[], other: Environment = config) => systemOf(other, others);
  const region = `region ${config.region}`;

  it('with a pilot light: the second region has to start its servers first', () => {
    const cold = changed(({ type, properties, stack }) =>
      type === 'Custom::LiveFleets' && stack.region === 'eu-central-1'
        ? JSON.parse(JSON.stringify(properties).replaceAll('"min":"1"', '"min":"0"'))
        : properties,
    );
    const { API } = lost(region, of(cold)).verdicts;
    expect(API.downS).toBe(2556);
    expect(API.terms.at(-1)?.formula).toBe('900 s + 60 s');
    expect(PLAN_PAGE).toContain(modeRow('pilot-light', API));
  });

  it('with backups alone in the second region: the API is away until the first one is back, and a day may be lost', () => {
    const backup = { ...config, preset: 'horizontal', recovery: { region: 'eu-central-1' } } as Environment;
    const waits = /^(Network|Data|Backend|Workers|Rollouts)Recovery$/;
    const others = stacks.filter(({ name }) => !waits.test(name));
    const { verdicts, gone } = lost(region, of(others, backup));
    expect([verdicts.pages.downS, verdicts.API.downS]).toEqual([0, Number.POSITIVE_INFINITY]);
    expect(gone.join()).toContain('what came after the last daily copy');
  });

  const UNTIL_FAILOVER = { downS: 1596, by: 'eu-central-1, by npm run failover' };

  it('without a standby: a zone takes the database along, until somebody leaves the region', () => {
    const { verdicts, gone } = lost('zone eu-west-1a', of(setting('AWS::RDS::DBInstance', { MultiAZ: false })));
    expect(verdicts.API).toMatchObject(UNTIL_FAILOVER);
    expect(gone.join()).toContain('last 5 min');
  });

  it('with all Redis nodes in one zone: it takes the logins along, until somebody leaves the region', () => {
    const system = of(setting('AWS::ElastiCache::ReplicationGroup', { MultiAZEnabled: false }));
    expect(lost('zone eu-west-1a', system).verdicts.logins).toMatchObject(UNTIL_FAILOVER);
    expect(lost('Redis primary', system).verdicts.logins.downS).toBe(32);
  });

  it('without a second origin: the bucket takes the pages along', () => {
    const system = of(
      changed(({ type, properties }) => {
        if (type !== 'AWS::CloudFront::Distribution') return properties;
        const DistributionConfig = properties.DistributionConfig as {
          readonly Origins: readonly { readonly Id: string }[];
        };
        const TargetOriginId = DistributionConfig.Origins[0]?.Id;
        return { DistributionConfig: { ...DistributionConfig, DefaultCacheBehavior: { TargetOriginId } } };
      }),
    );
    expect(lost('bucket Edge.SiteBucket', system).verdicts.pages.downS).toBe(Number.POSITIVE_INFINITY);
  });

  it('without names of our own: CloudFront takes everything along', () => {
    const { domain, ...nameless } = config as Environment;
    expect(domain).toBeDefined();
    expect(lost('CloudFront', of(stacks, nameless)).verdicts.pages.downS).toBe(Number.POSITIVE_INFINITY);
  });

  it('with one NAT gateway and no private ways: its zone takes jobs and new servers along', () => {
    const staging = systemOf(environment('staging'), stacksOf(`${ASSEMBLIES}/staging`));
    const { verdicts } = lost('zone eu-west-1a', staging);
    expect([verdicts.jobs.downS, verdicts['new servers'].downS]).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
    expect(verdicts.pages.downS).toBe(0);
  });

  it('with a peak that the other zones do not carry', () => {
    const fleet = { ...config.fleet, peak: 7 };
    expect(staticStability({ ...config, fleet })).toMatchObject({ stable: false });
  });
});

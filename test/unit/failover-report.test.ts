/** What `npm run failover-report` says: read from the templates, computed as the document claims, and the document's own table. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stacksOf } from '../../lib/commands/assembly';
import { failoverRows } from '../../lib/commands/failover-report';
import { reportText } from '../../lib/commands/failover-report/report';
import { rowsOf } from '../../lib/commands/failover-report/rows';
import { timesOf } from '../../lib/commands/failover-report/times';
import { withReport } from '../../lib/commands/markdown';
import { ASSEMBLIES } from '../support/assemblies';
import { DISTRIBUTION, dnsTemplate, withDns, withNames } from '../support/dns';

const PAGE = readFileSync('docs/failover.md', 'utf8');
const prod = stacksOf(`${ASSEMBLIES}/prod`);
const row = (failure: string) => failoverRows('prod', prod).find((each) => each.failure.startsWith(failure));

const command = (...words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/bin/failover-report.js', ...words], {
    encoding: 'utf8',
  });
  return { status, stdout, lines: stderr.trimEnd().split('\n') };
};

describe('the report', () => {
  it('stands in the document as the command prints it (else: npm run failover-report -- --env prod --page docs/failover.md)', () => {
    expect(PAGE).toBe(withReport(PAGE, 'failover report', reportText('prod', failoverRows('prod', prod))));
  });

  it("computes CloudFront's failure from the checks and AWS's time to live", () => {
    expect(row('CloudFront')).toMatchObject({
      after: 'the servers in eu-west-1',
      detection: '10 s × 3 + 6 s',
      ttlS: 60,
      usualS: 55,
      atMostS: 96,
    });
  });

  it('has the next origin asked within the 5 s of the guide, when the bucket gives no answer', () => {
    expect(row("the site's bucket")?.atMostS).toBeLessThan(5);
  });

  it('has a row for every tier of a longer chain, and nobody behind the last', () => {
    const cdn = { kind: 'cdn', name: 'other', target: 'site.other-cdn.net' } as const;
    const dns = { chain: [cdn, { kind: 'balancer' }], checkSeconds: 10, failures: 2, ttlSeconds: 30 } as const;
    const all = rowsOf(withNames(prod, dnsTemplate(withDns(dns))), 'www.example.com');
    const rows = all.filter(({ failure }) => failure.startsWith(DISTRIBUTION));
    expect(rows.map(({ after, atMostS }) => [after, atMostS])).toEqual([
      ['site.other-cdn.net', 56],
      [expect.stringContaining('balancer-1'), 56],
      [expect.stringContaining('nobody'), undefined],
    ]);
    expect(all.find(({ failure }) => failure === `${cdn.target} alone`)).toMatchObject({
      after: DISTRIBUTION,
      atMostS: 0,
    });
  });

  it('says that the chain which the document recommends takes 56 s', () => {
    expect(timesOf({ intervalS: 10, failures: 2, ttlS: 30 })).toEqual({ detectionS: 26, usualS: 30, atMostS: 56 });
  });
});

describe('the command', () => {
  it('prints one JSON for programs', () => {
    const { status, stdout } = command('--env', 'prod', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      environment: 'prod',
      computed: expect.arrayContaining([expect.objectContaining({ failure: 'CloudFront', atMostS: 96 })]),
      measured: expect.arrayContaining([expect.objectContaining({ slowestS: expect.any(Number) })]),
    });
  });

  it.each([
    [['--env', 'prd'], 'environment: expected one of dev, staging, prod, got "prd"'],
    [
      ['--env', 'dev'],
      "domain: expected one (lib/config/dev.ts), got none; under CloudFront's own name no DNS leads elsewhere",
    ],
    [
      ['--evn', 'prod'],
      "Unknown option '--evn'; usage: npm run failover-report -- [--env NAME] [--json | --page FILE]",
    ],
    [['--page', 'nowhere.md', '--env', 'prod'], "--page: expected a Markdown page, got no file 'nowhere.md'"],
  ])('answers %j with one line and exit code 1', (words, line) => {
    expect(command(...words)).toMatchObject({ status: 1, lines: [line] });
  });
});

/** What `npm run scaling` says: policies as the templates have them, a model that does what its file claims, and the document's table. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stacksOf } from '../../lib/commands/assembly';
import { withReport } from '../../lib/commands/markdown';
import type { Load } from '../../lib/commands/scaling/loads';
import { guidesPolicy, policyOf } from '../../lib/commands/scaling/policy';
import { reportText, tryAll } from '../../lib/commands/scaling/report';
import { simulate } from '../../lib/commands/scaling/simulate';
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { ASSEMBLIES } from '../support/assemblies';

const PAGE = readFileSync('docs/scaling.md', 'utf8');
const policy = (name: string) => policyOf(stacksOf(`${ASSEMBLIES}/${name}`));
const GUIDE = guidesPolicy(3);
const TRACKING = { ...GUIDE, steps: [], requestsPerServer: 50 };
const CAPACITY = 100;
const steady = (servers: number, at: Load['at'], more: Partial<Load> = {}): Load => ({
  name: 'test',
  minutes: 60,
  start: servers,
  at,
  ...more,
});
const run = (values: typeof GUIDE, load: Load) => simulate(values, load, CAPACITY, 3);
const command = (...words: readonly string[]) => {
  const { status, stderr } = spawnSync(process.execPath, ['dist/bin/scaling.js', ...words], { encoding: 'utf8' });
  return { status, lines: stderr.trimEnd().split('\n') };
};

describe('the policy', () => {
  it("of production is the guide's, from its template", () => {
    expect(policy('prod')).toEqual(GUIDE);
  });

  it.each(ENVIRONMENT_NAMES)('of %s has the limits of its configuration', (name) => {
    const { min, max } = environment(name).fleet;
    expect(policy(name)).toMatchObject({ min, max });
  });
});

describe('the model', () => {
  it('adds one server after 5 minutes above 70 %, and the next when that one is warm', () => {
    const { servers } = run(
      GUIDE,
      steady(2, () => 9),
    );
    expect(servers.slice(0, 12)).toEqual([2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4]);
  });

  it('takes one away after 10 minutes below 30 %, and never more than the minimum leaves', () => {
    const { servers } = run(
      GUIDE,
      steady(4, () => 0.1),
    );
    expect(servers.slice(8, 14)).toEqual([4, 4, 3, 2, 2, 2]);
  });

  it('leaves the fleet alone between the two', () => {
    expect(
      run(
        GUIDE,
        steady(4, () => 2),
      ).changes,
    ).toBe(0);
  });

  it('adds what the requests need at once with target tracking, up to the maximum', () => {
    const { servers } = run(
      TRACKING,
      steady(2, () => 4),
    );
    expect(servers.slice(1, 5)).toEqual([2, 2, 8, 8]);
    expect(
      Math.max(
        ...run(
          TRACKING,
          steady(2, () => 40),
        ).servers,
      ),
    ).toBe(10);
  });

  it('replaces what a lost zone took along', () => {
    const result = run(
      GUIDE,
      steady(6, () => 3.6, { zoneLostAt: 10 }),
    );
    expect(new Set(result.servers)).toEqual(new Set([6]));
    expect(result.overTarget).toBe(4);
  });

  it('counts what waits too long as refused, and nothing when there is enough', () => {
    expect(
      run(
        { ...GUIDE, max: 2 },
        steady(2, () => 4),
      ).refused,
    ).toBeGreaterThan(45);
    expect(
      run(
        GUIDE,
        steady(2, () => 1),
      ).refused,
    ).toBe(0);
  });
});

it('the document has the table that the command prints (else: npm run scaling -- --env prod --page docs/scaling.md)', () => {
  const own = policy('prod');
  expect(PAGE).toBe(withReport(PAGE, 'scaling', reportText('prod', own, tryAll(own, 3))));
});

describe('a mistake is one line', () => {
  it.each([
    [['--env', 'nix'], 'environment: expected one of dev, staging, prod, got "nix"'],
    [['--capacity', '1x'], "--capacity: expected requests a minute, got '1x'"],
    [['--page', 'docs/none.md'], "--page: expected a Markdown page, got no file 'docs/none.md'"],
    [['--fast'], /--fast.*usage: npm run scaling/],
  ])('for %j', (words, line) => {
    const { status, lines } = command(...words);
    expect(status).toBe(1);
    expect(lines).toEqual([typeof line === 'string' ? line : expect.stringMatching(line)]);
  });
});

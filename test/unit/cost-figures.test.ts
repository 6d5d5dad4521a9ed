/** The figures of money in the documents against those that `npm run cost` computes now, and what it answers programs and mistakes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stacksOf } from '../../lib/commands/assembly';
import { cost } from '../../lib/commands/cost';
import { billOf } from '../../lib/commands/cost/bill';
import { PARTS } from '../../lib/commands/cost/charges';
import { readPrices } from '../../lib/commands/cost/prices';
import { type ModeCost, rounded } from '../../lib/commands/cost/report';
import { ENVIRONMENT_NAMES } from '../../lib/config';
import { ASSEMBLIES } from '../support/assemblies';

const command = (...words: readonly string[]) =>
  spawnSync(process.execPath, ['dist/bin/cost.js', ...words], { encoding: 'utf8' });

const bills = ENVIRONMENT_NAMES.map((name) => billOf(stacksOf(`${ASSEMBLIES}/${name}`), readPrices(), 'eu-west-1'));
const answer = command('--env', 'prod', '--json');
if (answer.status !== 0) throw new Error(answer.stderr);
const { usd, modes }: { readonly usd: number; readonly modes: readonly ModeCost[] } = JSON.parse(answer.stdout);
const shown = (value: number) => rounded(value).toLocaleString('en-GB');
const lines = (path: string) => readFileSync(path, 'utf8').split('\n');
const cells = (line = '') => line.split('|').map((cell) => cell.replaceAll('*', '').trim());

describe('the modes of the second region', () => {
  it('are reckoned from templates of each, the environment being in one of them', () => {
    expect(modes.map(({ mode }) => mode)).toEqual(['none', 'backup', 'pilot-light', 'warm-standby']);
    expect(modes.at(-1)?.usd).toBeCloseTo(usd);
    expect(usd).toBeCloseTo(bills[ENVIRONMENT_NAMES.indexOf('prod')]?.usd ?? 0);
  });

  it('cost the more the more stands there', () => {
    const more = modes.map((mode) => mode.more);
    expect(more[0]).toBe(0);
    expect(more).toEqual([...more].sort((a, b) => a - b));
  });

  it.each(['backup', 'pilot-light', 'warm-standby'])('%s costs what the plan for disasters says', (mode) => {
    const row = lines('docs/disaster-recovery.md').find((line) => line.startsWith(`  | \`${mode}\` `));
    expect(cells(row)[3]).toBe(shown(modes.find((each) => each.mode === mode)?.more ?? 0));
  });
});

it.each(ENVIRONMENT_NAMES)("%s's file begins with what it costs", (name) => {
  const [first = ''] = lines(`lib/config/${name}.ts`);
  const [, told] = /About ([\d,]+) USD a month/.exec(first) ?? [];
  expect(told).toBe(shown(bills[ENVIRONMENT_NAMES.indexOf(name)]?.usd ?? 0));
});

describe("the README's table", () => {
  const page = lines('README.md');
  const row = (label: string) => cells(page.find((line) => cells(line)[1]?.startsWith(label))).slice(2, 5);
  /** Of each environment without its second region, which has a row of its own. */
  const without = bills.map((bill, index) => (ENVIRONMENT_NAMES[index] === 'prod' ? modes[0] : bill)?.byPart);

  it('has the environments in their order', () => {
    expect(cells(page[page.findIndex((line) => line.includes('| servers at the minimum')) - 2]).slice(2, 5)).toEqual(
      ENVIRONMENT_NAMES,
    );
  });

  it.each(PARTS)('says what they cost by %s', (part) => {
    expect(row(part)).toEqual(without.map((byPart) => shown(byPart?.[part] ?? 0)));
  });

  it('says what the second region costs, and all together', () => {
    expect(row('second region')).toEqual(['0', '0', shown(modes.at(-1)?.more ?? 0)]);
    expect(row('together')).toEqual(bills.map((bill) => shown(bill.usd)));
  });
});

it('ends with 1 where something has no price, and says so', async () => {
  const { reckoned: _, ...others } = readPrices(); // staging's database is of these
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-cost-')), 'prices.json');
  writeFileSync(path, JSON.stringify(others));
  const said = jest.spyOn(console, 'log').mockImplementation();
  const code = await cost(['--env', 'staging'], path);
  expect(said.mock.calls.join('\n')).toContain('Not priced, and not in the sum: ');
  said.mockRestore();
  expect(code).toBe(1);
});

describe('a mistake is one line', () => {
  it.each([
    [['--env', 'prd'], 'environment: expected one of dev, staging, prod, got "prd"'],
    [['--fast'], /--fast.*usage: npm run cost/],
    [['prod'], /Unexpected argument 'prod'.*usage: npm run cost/],
  ])('for %j', (words, line) => {
    const { status, stderr } = command(...words);
    expect(status).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([typeof line === 'string' ? line : expect.stringMatching(line)]);
  });
});

/** The exemptions from validators' rules: few, each with its reason, each beside what it is about. That each is needed: test/validators. */
import { EXEMPTIONS } from '../../constructs/exemptions';
import { ASSEMBLIES } from '../support/assemblies';
import { takenExemptions } from '../support/exemptions';
import { ALL_ENVIRONMENTS } from '../support/options';

const rows = Object.entries(EXEMPTIONS);
const taken = ALL_ENVIRONMENTS.flatMap(({ name }) => takenExemptions(`${ASSEMBLIES}/${name}`));
const reasons = new Set(taken.map(({ reason }) => reason));

it('are at most 25 different pairs of rule and reason, in all environments', () => {
  const pairs = new Set(taken.map(({ rule, reason }) => `${rule}: ${reason}`));
  expect(pairs.size).toBeGreaterThan(0);
  expect(pairs.size).toBeLessThanOrEqual(25);
});

it.each(rows)('%s has a sentence as its reason', (_, { reason }) => {
  expect(reason).toMatch(/^[A-Z].{30,}\.$/);
});

it('stand nowhere but in the table', () => {
  expect([...reasons].filter((reason) => !rows.some(([, row]) => row.reason === reason))).toEqual([]);
});

it('are taken by an environment, or there for one that opts out', () => {
  const idle = rows.filter(([, { reason }]) => !reasons.has(reason));
  expect(idle.filter(([, { reason }]) => !reason.includes('opts out'))).toEqual([]);
});

it('exempt no whole stack, and nothing that holds one', () => {
  const parts = taken.map(({ path }) => path.split('/').length);
  expect(Math.min(...parts)).toBeGreaterThan(2); // Holdfast/Stack/Construct
});

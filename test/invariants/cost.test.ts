/** The bill of every environment: nothing in its templates is left out of it. Its figures: test/unit/cost-figures.test.ts. */
import { stacksOf } from '../../lib/commands/assembly';
import { billOf } from '../../lib/commands/cost/bill';
import { readPrices } from '../../lib/commands/cost/prices';
import { ENVIRONMENT_NAMES } from '../../lib/config';
import { ASSEMBLIES, OPTIONS_NAME } from '../support/assemblies';

describe.each([...ENVIRONMENT_NAMES, OPTIONS_NAME])('%s', (name) => {
  const { rows, usd, notPriced } = billOf(stacksOf(`${ASSEMBLIES}/${name}`), readPrices(), 'eu-west-1');

  it('has a price, or a reason why it has none, for every type of resource', () => {
    expect(notPriced).toEqual([]);
  });

  it('has rows that are numbers and come to the sum', () => {
    expect(rows.reduce((sum, { month }) => sum + month, 0)).toBe(usd);
    expect(usd).toBeGreaterThan(100);
  });
});

/** The guide's numbers for the fleet, held to the environments as they are shipped. */
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';

const SCALING = { upAboveCpu: 70, upAfterMinutes: 5, downBelowCpu: 30, downAfterMinutes: 10 };

it.each(ENVIRONMENT_NAMES)('%s scales at 70 % for 5 minutes and 30 % for 10', (name) => {
  expect(environment(name).fleet).toMatchObject(SCALING);
});

it('production has 2 to 10 servers', () => {
  expect(environment('prod').fleet).toMatchObject({ min: 2, max: 10 });
});

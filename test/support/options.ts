/** An environment with what is off in those that are shipped: whoever turns that on must find the tests right about it. The global set-up synthesises it as their fellow. */
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { checked } from '../../lib/config/check';
import { staging } from '../../lib/config/staging';
import { OPTIONS_NAME } from './assemblies';

export const OPTIONS = checked(
  {
    ...staging,
    name: OPTIONS_NAME,
    fleet: { ...staging.fleet, min: staging.zones.length },
    balancing: { ...staging.balancing, autoshift: true },
    database: { ...staging.database, dump: { days: 35 }, vaultLock: { minDays: staging.database.backupDays } },
    gameDays: { enabled: true, zone: staging.zones[1] },
  },
  'test/support/options.ts',
);

/** Those that are shipped, and that one. */
export const ALL_ENVIRONMENTS = [...ENVIRONMENT_NAMES.map(environment), OPTIONS];

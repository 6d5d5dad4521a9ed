/** An environment with game days and zonal autoshift, which none of those that are deployed has. */
import { checked } from '../../lib/config/check';
import { staging } from '../../lib/config/staging';

export const WITH_GAME_DAYS = checked(
  {
    ...staging,
    account: '111111111111',
    fleet: { ...staging.fleet, min: 3 },
    balancing: { ...staging.balancing, autoshift: true },
    gameDays: { enabled: true, zone: 'eu-west-1b' },
  },
  'x.ts',
);

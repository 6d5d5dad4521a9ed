/** Game days: whether experiments that hurt an environment on purpose are deployed with it, and what an environment must have for that. The experiments themselves: lib/game-days. */
import { z } from 'zod';
import type { Environment } from './environment';
import { type Rule, unless } from './rule';
import { text, yesOrNo } from './values';

export const gameDaysSchema = z.strictObject({
  /**
   * Deploys the experiments of docs/game-days.md, and marks what they may hurt by the tag `holdfast:game-day`; servers carry it from their
   * next start on. Nothing is hurt until `npm run game-day`. About 0.60 USD a month, and 0.10 USD for each minute of an action while one runs.
   */
  enabled: yesOrNo(),
  /** The zone whose loss is played, one of `zones`. May change at any time. @default the first of them */
  zone: text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "a zone, such as 'eu-west-1a'").optional(),
});

/** The zone whose loss is played; nothing where game days are off. */
export const gameDayZone = ({ gameDays, zones }: Pick<Environment, 'gameDays' | 'zones'>): string | undefined =>
  gameDays?.enabled ? (gameDays.zone ?? zones[0]) : undefined;

/** What must have a second, as [path, value, fewest]: to take away what stands alone proves nothing and is an outage. */
const SECONDS: readonly (readonly [string, (environment: Environment) => number, number])[] = [
  ['fleet.min', ({ fleet }) => fleet.min, 2],
  ['database.multiAz', ({ database }) => Number(database.multiAz), 1],
  ['sessions.replicas', ({ sessions }) => sessions.replicas, 1],
];

export const GAME_DAY_RULES: readonly Rule[] = [
  ({ gameDays, zones }) =>
    unless(
      gameDays?.zone === undefined || zones.includes(gameDays.zone),
      'gameDays.zone',
      `one of zones (${zones.join(', ')})`,
      gameDays?.zone,
    ),
  (environment) =>
    SECONDS.flatMap(([path, value, fewest]) =>
      unless(
        !environment.gameDays?.enabled || value(environment) >= fewest,
        'gameDays.enabled',
        `false where ${path} has no second to take over`,
        environment.gameDays?.enabled,
      ),
    ),
];

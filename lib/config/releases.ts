/** How a new release of the application reaches the servers. What a rollout does with it: lambda/rollout. */
import { z } from 'zod';
import type { Environment } from './environment';
import { type Rule, unless } from './rule';
import { oneOf, whole } from './values';

type Strategy = NonNullable<NonNullable<Environment['releases']>['strategy']>;

export const releasesSchema = z.strictObject({
  /**
   * How, unless `npm run release -- --strategy` says otherwise. 'rolling' replaces the servers in place, and costs nothing more; 'blue-green' and
   * 'canary' have as many servers once more until `keepMinutes` are over. @default 'canary'
   */
  strategy: oneOf('rolling', 'blue-green', 'canary').optional(),
  /** Percent of the requests on the new release, step by step, the last one 100. The guide: 5, 25, 50, 100. */
  canaryPercent: z.array(whole(1, 100)).min(1).max(10).optional(),
  /** Seconds that each step is watched, 5–86,400. CloudWatch has figures by the minute: less than 120 sees little. @default 300 */
  bakeSeconds: whole(5, 86_400).optional(),
  /** Minutes until new servers have to be healthy, 1–60. @default 15 */
  bootMinutes: whole(1, 60).optional(),
  /** Minutes that the old servers are kept for the way back, 0–1,440; they are billed. @default 30 */
  keepMinutes: whole(0, 1440).optional(),
});

/** What a rollout is given (`Plan` of lambda/rollout/state): the environment's `releases` with what holds without them. */
export function planOf({ releases = {} }: Pick<Environment, 'releases'>, chosen?: Strategy) {
  const strategy = chosen ?? releases.strategy ?? 'canary';
  const { canaryPercent = [5, 25, 50, 100], bakeSeconds = 300, bootMinutes = 15, keepMinutes = 30 } = releases;
  return {
    strategy,
    steps: strategy === 'canary' ? canaryPercent : [100],
    bakeSeconds,
    bootSeconds: 60 * bootMinutes,
    keepSeconds: 60 * keepMinutes,
    pollSeconds: 5,
    moreErrorsPercent: 1,
    slowerTimes: 1.5,
    fewRequests: 20,
  };
}

export const RELEASE_RULES: readonly Rule[] = [
  ({ releases }) => {
    const given = releases?.canaryPercent;
    const rises = given?.every((percent, at) => at === 0 || percent > (given[at - 1] ?? 0)) ?? true;
    return unless(rises && (given?.at(-1) ?? 100) === 100, 'releases.canaryPercent', 'rising to 100', given);
  },
];

/** What a release is rolled out to, in this order, that of the Rollouts stack: each has servers and a state of its own. */
export const servicesOf = ({
  services = [],
  workers,
}: Pick<Environment, 'services' | 'workers'>): readonly string[] => [
  'backend',
  ...services.flatMap(({ name, fleet }) => (fleet ? [name] : [])),
  ...(workers.group ? ['workers'] : []),
];

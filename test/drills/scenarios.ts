/** Every scenario by name, and the words for several at once. */
import { ConfigError } from '../../lib/config/check';
import { BACKENDS } from './families/backends';
import { weakened } from './families/controls';
import { DNS_FAILOVER } from './families/dns';
import { DURABILITY, DURABILITY_CONTROLS } from './families/durability';
import { HOSTILE } from './families/hostile';
import { JOB_CONTROLS, JOBS } from './families/jobs';
import { LIMITER } from './families/limiter';
import { NETWORK } from './families/network';
import { OUTAGE } from './families/outage';
import { POSTGRES } from './families/postgres';
import { PROMOTION, PROMOTION_CONTROLS } from './families/promotion';
import { REDIS } from './families/redis';
import { REGION_CONTROLS, REGIONS } from './families/regions';
import { RELEASE_CONTROLS } from './families/release-controls';
import { RELEASE_DEPLOYS } from './families/release-deploys';
import { RELEASE_SCALING } from './families/release-scaling';
import { RELEASE_TURNS } from './families/release-turns';
import { RELEASES } from './families/releases';
import { RESTORE, RESTORE_CONTROLS } from './families/restore';
import { SECURITY } from './families/security';
import { SLOTS } from './families/slots';
import { UPGRADE } from './families/upgrade';
import type { Scenario } from './scenario';

const SCENARIOS: readonly Scenario[] = [
  ...BACKENDS,
  ...REDIS,
  ...SLOTS,
  ...POSTGRES,
  ...PROMOTION,
  ...RESTORE,
  ...OUTAGE,
  ...NETWORK,
  ...HOSTILE,
  ...SECURITY,
  ...LIMITER,
  ...DURABILITY,
  ...JOBS,
  ...DNS_FAILOVER,
];

const ALL_RELEASES: readonly Scenario[] = [...RELEASES, ...RELEASE_TURNS, ...RELEASE_SCALING, ...RELEASE_DEPLOYS];

const controls = () => [
  ...weakened(SCENARIOS),
  ...PROMOTION_CONTROLS,
  ...RESTORE_CONTROLS,
  ...DURABILITY_CONTROLS,
  ...JOB_CONTROLS,
  ...RELEASE_CONTROLS,
  ...REGION_CONTROLS,
];

const GROUPS: Readonly<Record<string, () => readonly Scenario[]>> = {
  all: () => SCENARIOS,
  short: () => [...SCENARIOS, ...ALL_RELEASES].filter(({ short }) => short),
  releases: () => ALL_RELEASES,
  regions: () => REGIONS,
  controls,
};

/** Each that the help names; controls can be called by name too. */
const NAMED: readonly Scenario[] = [...SCENARIOS, ...ALL_RELEASES, ...REGIONS, ...UPGRADE];

/** What `--help` prints: the words for several, then a line for each. */
export const known = (): string =>
  [
    'npm run drill -- [all | short | releases | regions | controls | NAME…]   (default short)',
    '  Each prints its progress and a table of results; the logs of its servers stay in .holdfast/drills/NAME.',
    '  all and short start their own servers; releases and regions use the whole local system and take longer;',
    '  controls weaken one setting each and must fail. Ctrl-C stops everything. Exit code 1: a demand was missed.',
    '',
    ...NAMED.map(({ name, about, short }) => `  ${name.padEnd(24)}  ${about}${short ? ' (short)' : ''}`),
  ].join('\n');

/** Throws a ConfigError that names the known ones. */
export function chosen(words: readonly string[]): readonly Scenario[] {
  return words.flatMap((word) => {
    const found = GROUPS[word]?.() ?? [...NAMED, ...controls()].filter(({ name }) => name === word);
    if (found.length > 0) return found;
    const names = [...Object.keys(GROUPS), ...NAMED.map(({ name }) => name)].join(', ');
    throw new ConfigError(`scenario: expected one of ${names}, got '${word}'`);
  });
}

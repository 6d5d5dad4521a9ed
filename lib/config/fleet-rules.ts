/** What must hold within the values of a fleet, whichever service's it is. Between fleets and the database: `rules.ts`. */
import type { Environment } from './environment';
import { type Fault, unless } from './rule';

type Fleet = Pick<Environment['fleet'], 'min' | 'max' | 'upAboveCpu' | 'downBelowCpu' | 'schedule'>;

/** @param at path of the fleet, such as 'fleet' */
export const fleetFaults = (at: string, fleet: Fleet): readonly Fault[] => {
  const { schedule = [] } = fleet;
  const names = schedule.map(({ name }) => name);
  return [
    ...unless(fleet.max >= fleet.min, `${at}.max`, `at least ${at}.min (${fleet.min})`, fleet.max),
    ...schedule.flatMap(({ min, max }, index) => [
      ...unless(max >= min, `${at}.schedule[${index}].max`, `at least its min (${min})`, max),
      ...unless(max <= fleet.max, `${at}.schedule[${index}].max`, `at most ${at}.max (${fleet.max})`, max),
    ]),
    ...unless(new Set(names).size === names.length, `${at}.schedule`, 'names that differ', names.join(', ')),
    ...unless(
      fleet.downBelowCpu < fleet.upAboveCpu,
      `${at}.downBelowCpu`,
      `below ${at}.upAboveCpu (${fleet.upAboveCpu})`,
      fleet.downBelowCpu,
    ),
  ];
};

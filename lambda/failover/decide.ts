/** What a look comes to: what is to be done now, what is waited for, or how it ends. Pure; made anew from what is seen each time, so that a machine that died half-way is no other case. */
import { type Case, fault, isSilent } from './guard';
import type { FailoverInput, Places } from './places';
import { beforeName, otherSide, type Seen, type SideName, truth } from './seen';
import { type Action, WAYS } from './steps';

export interface Decision {
  /** In the order in which they have to be done. */
  readonly actions: readonly Action[];
  /** For people. */
  readonly said: string;
  /** 'refused': nothing was begun. 'stuck': a person has to decide. */
  readonly end?: 'done' | 'refused' | 'stuck';
}

const WORDS: {
  readonly [Kind in Action['kind']]: (action: Extract<Action, { kind: Kind }>, places: Places) => string;
} = {
  fence: ({ up }, { first, second }) =>
    up ? `fence up: visitors go to ${second.region}` : `fence down: visitors go to ${first.region}`,
  'read-only': ({ side, on }, places) =>
    `${places[side].primary} ${on ? 'takes no more writes' : 'may take writes'} (default_transaction_read_only)`,
  promote: ({ name }) => `promote ${name}`,
  rename: ({ name, as }) => `put ${name} aside as ${as}`,
  create: ({ name, of }, places) => `make ${name} as a replica of ${places[of].primary} in ${places[of].region}`,
  limits: ({ group, min }) => `at least ${min} servers in ${group}`,
  alarms: ({ names, tell }) => `${names.length} alarms ${tell ? 'tell' : 'tell nobody'}`,
};

export const words = (action: Action, places: Places): string =>
  (WORDS[action.kind] as (action: Action, places: Places) => string)(action, places);

/** Of a region that isn't one of the two. */
export const sideOf = ({ first, second }: Places, region: string): SideName | undefined =>
  region === first.region ? 'first' : region === second.region ? 'second' : undefined;

/** Databases that were put aside: a person deletes them. */
export const leftOver = (seen: Seen, places: Places): readonly string[] =>
  (['first', 'second'] as const).flatMap((side) =>
    [places[side].primary, ...places[side].replicas]
      .map(beforeName)
      .filter((name) => seen[side].databases?.[name])
      .map((name) => `${name} in ${places[side].region}`),
  );

function endOf({ seen, places, to }: Case): string {
  const left = leftOver(seen, places);
  return [
    `${places[to].region} writes`,
    ...(left.length > 0 ? [`left over: ${left.join(', ')}`] : []),
    ...(to === 'second' && !seen.first.databases
      ? [`${places.first.region} didn't answer: run this again when it does, which makes its database read-only`]
      : []),
  ].join('; ');
}

export function decide(input: FailoverInput, places: Places, seen: Seen): Decision {
  const refused = (reason: string): Decision => ({ actions: [], said: reason, end: input.begun ? 'stuck' : 'refused' });
  const to = sideOf(places, input.to);
  if (!to) return refused(`to: expected ${places.first.region} or ${places.second.region}, got ${input.to}`);
  const [other] = input.begun ? [] : seen.others;
  if (other) return refused(`${other}: expected no other failover under way, got that one; see it with --resume`);
  const at: Case = { input, places, seen, to, from: otherSide(to), truth: truth(seen, places) };
  if (input.begun && to === 'first' && isSilent(at, to))
    return { actions: [], said: `waits until ${places.first.region} answers again` };
  const wrong = fault(at);
  if (wrong) return refused(wrong);
  const actions: Action[] = [];
  const said = (wait?: string) =>
    [...actions.map((action) => words(action, places)), ...(wait ? [`waits ${wait}`] : [])].join('; ');
  for (const see of WAYS[to][at.truth === to ? 'settle' : 'switch']) {
    const step = see(at);
    if (step?.stuck) return { actions, said: step.stuck, end: 'stuck' };
    actions.push(...(step?.actions ?? []));
    if (step?.wait) return { actions, said: said(step.wait) };
  }
  return actions.length > 0 ? { actions, said: said() } : { actions, said: endOf(at), end: 'done' };
}

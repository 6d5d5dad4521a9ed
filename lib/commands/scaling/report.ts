/** What each policy made of each load, side by side, as a table or as JSON. */
import { table } from '../markdown';
import { type Load, loadsFor } from './loads';
import { guidesPolicy, type Policy, type Step } from './policy';
import { type Result, simulate } from './simulate';

export interface Tried {
  readonly load: Load;
  readonly policy: string;
  readonly result: Result;
}

/** What target tracking is tried with where the environment has none: half of what a server carries. */
const HALF = 0.5;
/** Requests a minute of one server; without target tracking no result depends on it. */
const ANY_CAPACITY = 6000;

const spelt = ({ above, threshold, minutes, change }: Step) =>
  `${change > 0 ? 'one more' : 'one fewer'} ${above ? 'above' : 'below'} ${threshold} % for ${minutes} min`;

/** In words. */
const policyText = ({ min, max, steps, requestsPerServer }: Policy): string =>
  [
    `${min} to ${max} servers`,
    ...steps.map(spelt),
    ...(requestsPerServer === undefined ? [] : [`as many as get ${requestsPerServer} requests a minute each`]),
  ].join(', ');

/** @param given requests a minute that keep one server busy. @default twice what target tracking aims at */
export function tryAll(own: Policy, zones: number, given?: number): readonly Tried[] {
  const capacity = given ?? (own.requestsPerServer === undefined ? ANY_CAPACITY : own.requestsPerServer / HALF);
  const up = own.steps.filter(({ above }) => above);
  const other: readonly (readonly [string, Policy])[] =
    own.requestsPerServer === undefined
      ? [['with fleet.requestsPerServer', { ...own, steps: up, requestsPerServer: HALF * capacity }]]
      : [];
  const guide = guidesPolicy(own.warmUpMinutes);
  const same = policyText(guide) === policyText(own);
  const policies = [
    [same ? "the guide's, which is this environment's" : "the guide's", guide],
    ...(same ? [] : [["this environment's", own]]),
    ...other,
  ] as readonly (readonly [string, Policy])[];
  return loadsFor(own.min, own.max).flatMap((load) =>
    policies.map(([policy, values]) => ({ load, policy, result: simulate(values, load, capacity, zones) })),
  );
}

const rounded = (value: number) => `${Math.round(value * 10) / 10}`;

export const reportText = (environment: string, own: Policy, tried: readonly Tried[]): string =>
  [
    `Policy of ${environment}, from its template: ${policyText(own)}.\n`,
    table(
      [
        'load',
        'policy',
        'servers',
        'min above 70 %',
        'min too few',
        'longest wait',
        'refused',
        'server-hours',
        'changes',
      ],
      tried.map(({ load, policy, result }) => [
        load.name,
        policy,
        `${Math.min(...result.servers)}–${Math.max(...result.servers)}`,
        `${result.overTarget}`,
        `${result.saturated}`,
        `${rounded(result.longestWaitS)} s`,
        `${rounded(result.refused)} %`,
        rounded(result.serverHours),
        `${result.changes}`,
      ]),
    ),
    '',
  ].join('\n');

export const reportJson = (environment: string, own: Policy, tried: readonly Tried[]): string =>
  JSON.stringify({
    environment,
    policy: own,
    tried: tried.map(({ load, policy, result }) => ({ load: load.name, policy, ...result })),
  });

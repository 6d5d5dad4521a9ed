/** What a rollout is doing, in words and as JSON, from the states of its services. Pure. */
import { otherColour } from '../../../lambda/rollout/seen';
import type { Outcome, Rollout, ServiceState } from '../../../lambda/rollout/state';
import { isOver } from '../../../lambda/rollout/under-way';

/** One line of `--json`. Whatever isn't known is left out. */
export interface Event {
  readonly event: 'built' | 'uploaded' | 'started' | 'step' | 'site' | 'end' | 'warning';
  readonly release?: string;
  /** The region that waits; nothing for the one that is in use. */
  readonly region?: string;
  readonly service?: string;
  readonly phase?: string;
  /** Percent of the requests on the new release. */
  readonly percent?: number;
  readonly secondsLeft?: number;
  readonly alarms?: readonly string[];
  readonly outcome?: string;
  readonly reason?: string;
  /** The line for people. */
  readonly text: string;
}

/** Of the requests, in percent. Before all of it is on the new release, that is the resting colour. */
function percentOf({ active, weights }: ServiceState, { plan, phase }: Rollout): number {
  const over = isOver(phase);
  if (plan.strategy === 'rolling') return over ? 100 : 0;
  return weights[over ? active : otherColour(active)];
}

/** Seconds that a rollout still takes if nothing goes wrong; boot counts as it is limited. */
export function secondsLeft({ plan, phase, step, since }: Rollout, now: number): number {
  const passed = (now - since) / 1000;
  const bakes = (from: number) => Math.max(0, plan.steps.length - from) * plan.bakeSeconds;
  const left = {
    prepare: plan.bootSeconds + bakes(0),
    boot: Math.max(0, plan.bootSeconds - passed) + bakes(Math.max(0, step)),
    smoke: bakes(0),
    bake: Math.max(0, plan.bakeSeconds - passed) + bakes(step + 1),
    keep: 0,
    clear: 0,
    back: 0,
  };
  return Math.round(left[phase]);
}

const minutes = (seconds: number) => (seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`);

const WORDS: Readonly<Record<Rollout['phase'], (rollout: Rollout, percent: number) => string>> = {
  prepare: ({ plan }) => `${plan.strategy}: servers are asked for`,
  boot: ({ plan, release }) =>
    plan.strategy === 'rolling'
      ? `servers are replaced by such of ${release.id}`
      : `servers of ${release.id} start, healthy within ${minutes(plan.bootSeconds)}`,
  smoke: () => 'new servers are asked before visitors are',
  bake: ({ plan }, percent) =>
    plan.strategy === 'rolling'
      ? `watched for ${minutes(plan.bakeSeconds)}`
      : `${percent} % of the requests, watched for ${minutes(plan.bakeSeconds)}`,
  keep: ({ plan }) => `all requests; the old servers stay for ${minutes(plan.keepSeconds)}`,
  clear: () => 'all requests; the old servers go',
  back: ({ reason }) => `back: ${reason ?? 'no reason told'}`,
};

/** Where a service is in its rollout. */
export function stepOf(
  service: string,
  state: ServiceState,
  rollout: Rollout,
  alarms: readonly string[],
  now: number,
): Event {
  const percent = percentOf(state, rollout);
  const left = secondsLeft(rollout, now);
  const { phase, release, reason, cancelled } = rollout;
  const words = [
    `${service.padEnd(8)} ${WORDS[phase](rollout, percent)}`,
    left > 0 && `at most ${minutes(left)} left`,
    cancelled && phase !== 'back' && 'its end was asked for',
    alarms.length > 0 && `in alarm: ${alarms.join(', ')}`,
  ];
  return {
    event: 'step',
    release: release.id,
    service,
    phase,
    percent,
    ...(left > 0 && { secondsLeft: left }),
    ...(reason && { reason }),
    ...(alarms.length > 0 && { alarms }),
    text: words.filter(Boolean).join('; '),
  };
}

/** Newest of that rollout. */
export const outcomeOf = ({ outcomes }: ServiceState, id: string): Outcome | undefined =>
  outcomes.find((each) => each.id === id);

export type End =
  | { readonly outcome: 'released' }
  | { readonly outcome: 'rolled back'; readonly service: string; readonly reason: string };

/** How a rollout of these services ended; nothing while one of them is under way or another has to follow it back. */
export function endOf(
  id: string,
  services: readonly string[],
  states: ReadonlyMap<string, ServiceState>,
): End | undefined {
  const found = services.map((service) => {
    const state = states.get(service);
    const own = state?.rollout?.id === id ? state.rollout : undefined;
    return { service, outcome: state && outcomeOf(state, id), busy: own !== undefined && !isOver(own.phase) };
  });
  if (found.some(({ busy }) => busy)) return undefined;
  if (found.every(({ outcome }) => outcome?.outcome === 'released')) return { outcome: 'released' };
  const back = found.find(({ outcome }) => outcome?.outcome === 'rolled back');
  if (!back || found.some(({ outcome }) => outcome?.outcome === 'released')) return undefined;
  return { outcome: 'rolled back', service: back.service, reason: back.outcome?.reason ?? 'no reason told' };
}

/** What a call of the command comes to, from the states of the services: decisions and refusals. Pure. */
import type { Release, Rollout, ServiceState } from '../../../lambda/rollout/state';
import { moving, underWay } from '../../../lambda/rollout/under-way';
import { ConfigError } from '../../config/config-error';
import { nearest } from '../nearest';
import { UsageError } from './options';

export type States = ReadonlyMap<string, ServiceState>;

/** An execution's name, so that who began it, and when, can be read from it: at most 80 letters, digits, - and _. */
export const rolloutId = (release: string, who: string, now: Date) =>
  `${release}_${now.toISOString().replace(/\D/g, '').slice(0, 14)}_${who.replace(/[^\w-]/g, '-').slice(0, 32) || 'unknown'}`;

const begunBy = ({ id, begun }: Rollout) =>
  `begun by ${id.split('_').slice(2).join('_') || 'unknown'} at ${new Date(begun).toISOString().slice(0, 16)}Z`;

/** What is moved unless one is named. A service that is configured and not deployed yet is left out: it begins with what the backend has. */
export const deployedOf = (services: readonly string[], states: ReadonlyMap<string, unknown>): readonly string[] =>
  services.filter((service) => service === 'backend' || states.has(service));

/** Throws a ConfigError where a service isn't deployed, or a rollout is under way. */
export function refuseUnderWay(environment: string, services: readonly string[], states: States): void {
  for (const service of services) {
    const state = states.get(service);
    if (!state)
      throw new ConfigError(
        `services/${service}.json: expected the state of a deployed service, got none; deploy ${environment} first: npm run deploy -- --env ${environment}`,
      );
    const rollout = moving(state);
    if (rollout) throw new ConfigError(`${underWay(environment, service, state)}; it was ${begunBy(rollout)}`);
  }
}

/** Rollouts that haven't ended, each once, with the services they are on. */
export const unfinished = (states: States): readonly Rollout[] => {
  const all = [...states.values()].flatMap((state) => moving(state) ?? []);
  return all.filter(({ id }, index) => all.findIndex((each) => each.id === id) === index);
};

/** The rollout to show: one under way, else the one that ended last. */
export function lastId(states: States): string | undefined {
  const [running] = unfinished(states);
  const ended = [...states.values()].flatMap(({ outcomes }) => outcomes.slice(0, 1));
  return running?.id ?? ended.toSorted((a, b) => b.ended - a.ended)[0]?.id;
}

export const liveOf = ({ active, fleets }: ServiceState): Release | undefined => fleets[active];

/** Ids of what was live, oldest first, without repeats of the same. */
export function historyOf(state: ServiceState): readonly string[] {
  const released = state.outcomes.filter(({ outcome }) => outcome === 'released').toReversed();
  const ids = [released[0]?.from.id, ...released.map(({ release }) => release.id), liveOf(state)?.id];
  return ids.filter((id, index): id is string => id !== undefined && id !== ids[index - 1]);
}

/** All releases that the state speaks of, by id. */
function remembered(states: States): ReadonlyMap<string, Release> {
  const all = [...states.values()].flatMap(({ fleets, outcomes }) => [
    ...Object.values(fleets),
    ...outcomes.flatMap(({ release, from }) => [release, from]),
  ]);
  return new Map(all.map((release) => [release.id, release]));
}

/**
 * Where a rollback goes. @param to an id, or '' for the release before
 * @param stored sha256 of an archive that the bucket has; asked for where no state remembers it
 * Throws a UsageError where there is nothing to go back to, or no such release.
 */
export async function targetOf(
  first: ServiceState,
  states: States,
  to: string,
  stored: (id: string) => Promise<string | undefined>,
): Promise<Release> {
  const live = liveOf(first);
  if (to === '') {
    const arrived = first.outcomes.find(({ outcome, release }) => outcome === 'released' && release.id === live?.id);
    if (arrived && arrived.from.id !== live?.id) return arrived.from;
    throw new UsageError(
      `--rollback: expected a release before ${live?.id ?? 'none'}, got none: nothing was released since`,
    );
  }
  const all = remembered(states);
  const sha256 = all.get(to)?.sha256 ?? (await stored(to));
  if (sha256) return { id: to, sha256 };
  const meant = nearest(to, [...all.keys()]);
  throw new UsageError(
    `--rollback: expected a release that was live or is stored, got '${to}'; the nearest are ${meant.join(', ') || 'none'}`,
  );
}

/** Those that have another release now. */
export const toMove = (services: readonly string[], states: States, release: Release): readonly string[] =>
  services.filter((service) => {
    const state = states.get(service);
    return state && liveOf(state)?.id !== release.id;
  });

/** Of an execution: the same again, for a resumed one. */
export const resumeName = (id: string, now: Date) => `${id}_again_${now.getTime().toString(36)}`;

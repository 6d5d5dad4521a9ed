/** What a template is told of the groups of servers, and what is written down of its deployment: pure decisions, no requests. */
import type { Colour, Limits, Release, ServiceState } from '../rollout/state';

type Groups = Readonly<Partial<Record<Colour, string>>>;

/** Of the custom resource. CloudFormation makes texts of numbers. */
export interface LiveFleetsProperties {
  /** Name of the environment, for the advice in a refusal. */
  readonly environment: string;
  readonly bucket: string;
  /** The archive of the first release. */
  readonly source: { readonly bucket: string; readonly key: string };
  readonly release: Release;
  /** What is written beside the archive. @default nothing */
  readonly manifest?: string;
  /** Changes with anything in the template. */
  readonly deployment: string;
  readonly services: Readonly<
    Record<string, { readonly min: string; readonly max: string /** Names. */; readonly groups: Groups }>
  >;
}

/** Of the resource that comes after the groups. */
export type RestingGroupsProperties = Pick<LiveFleetsProperties, 'bucket' | 'services' | 'deployment'>;

export const COLOURS = ['blue', 'green'] as const satisfies readonly Colour[];
export const otherColour = (colour: Colour): Colour => (colour === 'blue' ? 'green' : 'blue');

type Value = 'min' | 'max' | 'weight';
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** Name of a value in the template: `backendBlueMin`. */
export const attributeOf = (service: string, colour: Colour, value: Value) =>
  `${service}${capital(colour)}${capital(value)}`;

/** At the first deployment all is blue. */
export const firstState = (release: Release, configured: Limits, deployment: string): ServiceState => ({
  active: 'blue',
  fleets: { blue: release },
  weights: { blue: 100, green: 0 },
  configured,
  deployment,
  outcomes: [],
});

/** Why the deployment can't be, if it can't: the servers are being moved. The one before may always come again, which is CloudFormation's way back. */
export function refusal(environment: string, service: string, state: ServiceState, deployment: string) {
  const { rollout } = state;
  if (!rollout || rollout.phase === 'keep' || state.deployment === deployment) return undefined;
  return `${service}: expected no rollout under way, got that of release ${rollout.release.id} (${rollout.phase}); see its end by: npm run release -- --env ${environment} --watch`;
}

/** What the template is given for a group: what it has, unless the configuration is another one than at the last deployment, which the active group takes over. @param live limits of the group @default there is no such group yet */
export function limitsOf(state: ServiceState, colour: Colour, wanted: Limits, live: Limits | undefined): Limits {
  const { active, configured } = state;
  if (colour !== active) return live ?? { min: 0, max: 0 };
  const changed = wanted.min !== configured.min || wanted.max !== configured.max;
  return changed || !live ? wanted : live;
}

/** Attributes of a service. @param live limits of its groups by their names */
export function attributesOf(
  service: string,
  { groups }: { readonly groups: Groups },
  state: ServiceState,
  wanted: Limits,
  live: ReadonlyMap<string, Limits>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    COLOURS.flatMap((colour) => {
      const name = groups[colour];
      if (name === undefined) return [];
      const values = { ...limitsOf(state, colour, wanted, live.get(name)), weight: state.weights[colour] };
      return Object.entries(values).map(([value, number]) => [
        attributeOf(service, colour, value as Value),
        `${number}`,
      ]);
    }),
  );
}

/** What a rollout moves: the groups of servers of a service, and what sends them requests. Makes nothing. */
import type { Colour } from '../../lambda/rollout/state';

/** Fixed: a template, the machine and the custom resource between them know a group before it is there. */
export const groupName = (environment: string, service: string, colour: Colour) =>
  `Holdfast-${environment}-${service}-${colour}`;

/** By it the test listener knows which group is meant: `NAME-COLOUR`. */
export const TEST_HEADER = 'x-holdfast-fleet';

/** Two groups of servers and what sends them requests; workers have blue alone and nothing that sends. */
export interface RolledService {
  readonly name: string;
  /** Fixed names. */
  readonly groups: Readonly<Partial<Record<Colour, string>>>;
  readonly balanced?: {
    readonly targetGroups: Readonly<Record<Colour, { readonly arn: string; readonly fullName: string }>>;
    /** Whose default action forwards, unless there is a rule. */
    readonly listenerArn: string;
    readonly ruleArn?: string;
    readonly loadBalancerFullName: string;
    /** Of the test listener, which sends what has TEST_HEADER to that group. */
    readonly test: { readonly url: string; readonly serverName?: string };
  };
  /** Names: one in ALARM, and the rollout goes back. */
  readonly alarms: readonly string[];
}

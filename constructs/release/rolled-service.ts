/** What a rollout moves: the groups of servers of a service, and what sends them requests. Makes nothing. */
import type { Service } from '../../lambda/rollout/service';
import type { Colour } from '../../lambda/rollout/state';

/** Fixed: a template, the machine and the custom resource between them know a group before it is there. */
export const groupName = (environment: string, service: string, colour: Colour) =>
  `Holdfast-${environment}-${service}-${colour}`;

/** Of the balancer's test listener. */
export const TEST_PORT = 9000;

export interface RolledService extends Service {
  readonly name: string;
}

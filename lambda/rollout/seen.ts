/** What a look at a service's servers shows, and what a decision makes of it. Types, and what follows from one of them alone. */
import type { Colour, Limits, Rollout, ServiceState } from './state';
import { isOver } from './under-way';

export interface Refresh {
  readonly id: string;
  /** Neither ended nor failed. */
  readonly running: boolean;
  /** As Auto Scaling calls it, with its reason. */
  readonly status: string;
  readonly percent: number;
}

export interface Group extends Limits {
  /** Its name. */
  readonly name: string;
  readonly desired: number;
  /** Whatever they do now. */
  readonly servers: number;
  /** In service, and well in the eyes of the balancer where there is one. */
  readonly healthy: number;
  /** Whether the clock may change it. */
  readonly scheduled: boolean;
  /** The last one. @default there was none */
  readonly refresh?: Refresh;
}

/** Of the requests to a target group in a span of time. */
export interface Figures {
  readonly requests: number;
  /** Answered with 5xx by a server. */
  readonly errors: number;
  /** Seconds. */
  readonly p95: number;
}

export interface Seen {
  readonly groups: Readonly<{ blue: Group; green?: Group }>;
  /** Percent. @default nothing sends requests */
  readonly weights?: Readonly<Record<Colour, number>>;
  /** Names of alarms. */
  readonly firing: readonly string[];
  /** Of the new release, and what to hold it against. @default nothing to compare now */
  readonly figures?: { readonly canary: Figures; readonly baseline: Figures };
  /** A deployment of the service's stack is under way. */
  readonly deploying: boolean;
  /** Why the new servers' smoke test failed, '' when it didn't. @default it was not run just now */
  readonly smoke?: string;
}

export interface Turn {
  readonly state: ServiceState;
  /** For people, where something begins or ends. */
  readonly what?: string;
  /** The new servers have to be asked. */
  readonly smoke?: true;
  /** Until the next look, 0: at once. @default the plan's */
  readonly seconds?: number;
  /** The execution ends, since only a person can mend it; the state stays for a resumption. */
  readonly stuck?: string;
}

export type UnderWay = ServiceState & { readonly rollout: Rollout };

/** Nothing is to be replaced, booted or asked: what starts one day installs what is written down. */
export const isEmpty = ({ servers, desired }: Group) => servers === 0 && desired === 0;

export const otherColour = (colour: Colour): Colour => (colour === 'blue' ? 'green' : 'blue');
export const isRolling = ({ plan }: Rollout) => plan.strategy === 'rolling';

/** What had the requests when it began. */
export const homeOf = ({ active, rollout }: UnderWay): Colour =>
  !isRolling(rollout) && isOver(rollout.phase) ? otherColour(active) : active;

export const weightsOf = (colour: Colour, percent: number): Record<Colour, number> =>
  colour === 'blue' ? { blue: percent, green: 100 - percent } : { blue: 100 - percent, green: percent };

/** Throws where the service has no such group. */
export function groupOf({ groups }: Seen, colour: Colour): Group {
  const group = groups[colour];
  if (!group) throw new Error(`${groups.blue.name}: expected a ${colour} group beside it, got none`);
  return group;
}

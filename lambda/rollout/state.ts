/** What a service's rollouts are decided by and written down as: one JSON object for each service in the release bucket, `services/NAME.json`, changed only where it is still as it was read (If-Match). No requests, no decisions. */

/** A service has two groups of servers; one of them is active, the other one rests at no servers. Workers have `blue` alone. */
export type Colour = 'blue' | 'green';

/** What a server installs: `releases/ID.tar` of the bucket, with those bytes. */
export interface Release {
  readonly id: string;
  readonly sha256: string;
}

export const STRATEGIES = ['rolling', 'blue-green', 'canary'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** How a rollout goes, from the environment's configuration. Times in seconds. */
export interface Plan {
  readonly strategy: Strategy;
  /** Percent of the requests that the new release gets, step by step, the last one 100; blue-green has that one only. */
  readonly steps: readonly number[];
  /** How long each step is watched before the next one. */
  readonly bakeSeconds: number;
  /** Until the new servers have to be healthy. */
  readonly bootSeconds: number;
  /** For so long the old servers stay, without requests, for the way back. */
  readonly keepSeconds: number;
  /** Between two looks. */
  readonly pollSeconds: number;
  /** The canary goes when it fails so many percent points more of its requests than the others do. */
  readonly moreErrorsPercent: number;
  /** And when its p95 is more than so many times the others'. */
  readonly slowerTimes: number;
  /** Fewer requests to it in a step than that say nothing. */
  readonly fewRequests: number;
}

export type Phase =
  /** The resting group gets the release and its size. Rolling: the active one gets the release, and its refresh is started. */
  | 'prepare'
  /** Until its servers are in service and healthy, or the refresh is through. */
  | 'boot'
  /** Asked through the test listener. */
  | 'smoke'
  /** At `steps[step]`, watched. */
  | 'bake'
  /** All requests are on the new release, the old servers are kept. Other rollouts and deployments may come. */
  | 'keep'
  /** Requests are back on the old release; the new servers go, or the refresh back is under way. */
  | 'back';

export interface Rollout {
  /** Name of the execution of the state machine, which may be another one after it was resumed. */
  readonly id: string;
  readonly release: Release;
  /** What was current before. */
  readonly from: Release;
  readonly plan: Plan;
  readonly phase: Phase;
  /** Index in `plan.steps`, −1 before the first. */
  readonly step: number;
  /** Milliseconds since 1970: when the rollout began, and its phase or step. */
  readonly begun: number;
  readonly since: number;
  /** Servers that were wanted when it began. */
  readonly size: number;
  /** Somebody wants the way back. */
  readonly cancelled?: boolean;
  /** Why it goes back. */
  readonly reason?: string;
  /** Of Auto Scaling, where one is under way. */
  readonly refresh?: string;
}

export interface Outcome {
  readonly id: string;
  readonly release: Release;
  readonly from: Release;
  readonly strategy: Strategy;
  readonly outcome: 'released' | 'rolled back';
  /** Of a rollout that went back. */
  readonly reason?: string;
  /** Milliseconds since 1970. */
  readonly begun: number;
  readonly ended: number;
}

export interface Limits {
  readonly min: number;
  readonly max: number;
}

export interface ServiceState {
  readonly active: Colour;
  /** What a server of that group installs when it boots. */
  readonly fleets: Readonly<Partial<Record<Colour, Release>>>;
  /** Percent of the requests: 100 in all. */
  readonly weights: Readonly<Record<Colour, number>>;
  /** Of the last deployment: other ones are taken over by the active group at the next. */
  readonly configured: Limits;
  /** What the last deployment was of: the same again is CloudFormation's way back. */
  readonly deployment?: string;
  readonly rollout?: Rollout;
  /** Newest first, 20 at most. */
  readonly outcomes: readonly Outcome[];
}

export const stateKey = (service: string) => `services/${service}.json`;
export const archiveKey = (id: string) => `releases/${id}.tar`;
export const manifestKey = (id: string) => `releases/${id}.json`;

/** Events of releases on the default bus: `detail-type` 'Deployment', `detail` with `environment` and `what`. See alert-router/parse/event-kinds. */
export interface RolloutInput {
  readonly id: string;
  /** In this order; on the way back in reverse. */
  readonly services: readonly string[];
  readonly release: Release;
  readonly plan: Plan;
}

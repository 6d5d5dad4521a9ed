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
  /** The old servers go. */
  | 'clear'
  /** Requests are back on the old release; the new servers go, or the refresh back is under way. */
  | 'back';

export interface Rollout {
  /** Of the rollout, and the name of the execution that began it; one that resumes it has another name. */
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
  /** The most servers that the active group wanted since it began: it doesn't get fewer, and the new one as many as its share needs. */
  readonly size: number;
  /** Of the active group, for when it is over. */
  readonly limits: Limits;
  /** Alarms that rang before it began: it may be their cure, so they don't stop it. */
  readonly firing: readonly string[];
  /** What is written here was not all seen done yet; until then nobody is blamed for another state of things. */
  readonly moving?: boolean;
  /** Somebody wants the way back. */
  readonly cancelled?: boolean;
  /** Why it goes back. */
  readonly reason?: string;
  /** Of 'rolling': Auto Scaling's refresh, how much of it is done, and the one that takes the old release back. */
  readonly refresh?: string;
  readonly percent?: number;
  readonly back?: string;
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

/** What an execution is started with; events of it: alert-router/parse/event-kinds, ToolDeployment. */
export interface RolloutInput {
  readonly id: string;
  /** In this order; on the way back in reverse. */
  readonly services: readonly string[];
  readonly release: Release;
  readonly plan: Plan;
}

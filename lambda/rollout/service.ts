/** What the machine is told of each service, by its construct, with every look; and what the looks pass on. Names and addresses, no state. */
import type { Colour, RolloutInput } from './state';

/** Two groups of servers and what sends them requests; workers have blue alone and nothing that sends. */
export interface Service {
  /** Fixed names. */
  readonly groups: Readonly<{ blue: string; green?: string }>;
  readonly balanced?: {
    readonly targetGroups: Readonly<Record<Colour, { readonly arn: string; readonly fullName: string }>>;
    /** Whose default action forwards, unless there is a rule. */
    readonly listenerArn: string;
    readonly ruleArn?: string;
    readonly loadBalancerFullName: string;
    /** Of the test listener, which sends what has the header `x-holdfast-fleet: NAME-COLOUR` to that group. */
    readonly test: { readonly url: string; readonly serverName?: string };
  };
  /** Names: one in ALARM, and the rollout goes back. */
  readonly alarms: readonly string[];
  /** Name of the stack that deploys it: no rollout begins while that is under way. */
  readonly stack: string;
}

/** What the smoke test is asked. */
export interface SmokeInput {
  readonly service: string;
  /** Of the test listener. */
  readonly url: string;
  /** Of its certificate. @default plain HTTP */
  readonly serverName?: string;
  /** Value of the header `x-holdfast-fleet`. */
  readonly fleet: string;
}

/** Of the smoke test: '' or why not; or what Step Functions says when it could not run. */
export type SmokeResult =
  | { readonly service: string; readonly reason: string }
  | { readonly Error: string; readonly Cause?: string };

/** From look to look. */
export interface LookInput {
  readonly rollout: RolloutInput;
  readonly services: Readonly<Record<string, Service>>;
  readonly looks: number;
  /** Of the test that this look was waiting for; `asked` says whose. */
  readonly smoke?: SmokeResult;
  readonly asked?: SmokeInput;
}

export interface LookOutput extends LookInput {
  /** 'again': in another execution, since one may have 25,000 events. */
  readonly next: 'wait' | 'smoke' | 'again' | 'done' | 'failed';
  readonly seconds: number;
  /** Of a failure: how it ended, and why. */
  readonly error?: 'RolledBack' | 'Refused' | 'Stuck';
  readonly reason?: string;
}

/** A type, not an interface: a construct passes it as a record of strings. */
export type Environment = {
  readonly ENVIRONMENT: string;
  readonly RELEASE_BUCKET: string;
};

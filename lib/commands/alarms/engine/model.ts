/** Alarms as the engine runs them: what a template says, references resolved to keys. Says nothing of rows. */
import type { Missing, State } from './evaluation';
import type { Schedule } from './mute';

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** As CloudWatch spells it: Sum, p95, … */
  readonly statistic: string;
}

export interface Query {
  readonly id: string;
  /** Either a metric or an expression. */
  readonly metric?: Metric;
  readonly expression?: string;
}

interface Acting {
  /** Short name of the stack and logical id: unique in an environment. */
  readonly key: string;
  readonly region: string;
  readonly description: string;
  /** Keys of topics and policies, by the state that is entered. */
  readonly actions: Readonly<Record<State, readonly string[]>>;
}

export interface MetricAlarm extends Acting {
  readonly kind: 'metric';
  readonly queries: readonly Query[];
  /** Id of the query that is compared. */
  readonly result: string;
  readonly periodS: number;
  /** ComparisonOperator. */
  readonly comparison: string;
  /** In the metric's own unit; or the id of the band it is held against. */
  readonly threshold: number | string;
  readonly periods: number;
  readonly toAlarm: number;
  readonly missing: Missing;
  /** With too few samples for a percentile the state stays. */
  readonly ignoresFewSamples: boolean;
}

export interface CompositeAlarm extends Acting {
  readonly kind: 'composite';
  readonly rule: string;
  /** Key of the alarm that silences it. */
  readonly suppressor?: string;
  readonly waitS: number;
  readonly extensionS: number;
}

export type AnyAlarm = MetricAlarm | CompositeAlarm;

export interface Mute {
  readonly alarms: readonly string[];
  readonly schedule: Schedule;
}

export interface System {
  readonly alarms: readonly AnyAlarm[];
  readonly mutes: readonly Mute[];
}

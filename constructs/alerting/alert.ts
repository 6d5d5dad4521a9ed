/** Rows of the alert catalogue: data about signals, never resources. A signal's wrong name or unit doesn't compile. */
import type { Signals, Unit } from './signal';

/** The gravest first. */
export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What every row says, whatever it watches. */
interface Told {
  readonly severity: Severity;
  /** File name in `docs/runbooks`, without its ending. */
  readonly runbook: string;
  /** What is true when it alarms, for whoever is woken. */
  readonly summary: string;
  /**
   * Alert of the same alarms that explains this one: while that one alarms, this one tells nobody. Where it has no metric this one
   * speaks for itself. A row whose silence alarms can't have one. @default none
   */
  readonly silencedBy?: string;
}

/** Periods that are looked at. */
interface Watched {
  /** Minutes watched before it alarms: a multiple of the metric's period. */
  readonly forMinutes: number;
  /** Of these periods so many must breach. @default all of them */
  readonly datapoints?: number;
  /**
   * What silence means. 'missing' for what must report: nothing at creation, an alarm when a signal stops. 'notBreaching' for what
   * only counts events, 'ignore' keeps the state. 'breaching' isn't offered: it alarms before the first report.
   */
  readonly missingData: 'missing' | 'notBreaching' | 'ignore';
}

/** Crosses a line. */
export interface Threshold<Name extends string, U extends Unit> extends Told, Watched {
  readonly kind?: undefined;
  readonly signal: Name;
  readonly comparison: 'above' | 'below';
  readonly threshold: number;
  readonly unit: U;
}

/** Leaves the band that CloudWatch has learnt for the hour and day; a new one learns for up to two weeks, and is quiet meanwhile. */
export interface Anomaly<Name extends string> extends Told, Watched {
  readonly kind: 'anomaly';
  readonly signal: Name;
  readonly outside: 'band' | 'above' | 'below';
  /** Half the band's width in standard deviations: more is quieter. */
  readonly width: number;
}

/** Spends what an objective allows in 30 days too fast, over a long window and, so that it ends soon after its cause, over a short one. */
export interface BurnRate<Counted extends string> extends Told {
  readonly kind: 'burnRate';
  readonly bad: Counted;
  readonly total: Counted;
  /** Percent of all that must be good. */
  readonly objective: number;
  /** How many times as fast as allowed: 14.4 over an hour is 2 % of 30 days' budget, 6 over six hours 5 %. */
  readonly burn: number;
  readonly longMinutes: number;
  readonly shortMinutes: number;
  /** Fewer in the long window say nothing; in the short one the same share of that. */
  readonly minimum: number;
}

/** Other alerts of the same alarms, together. */
interface Composite extends Told {
  readonly kind: 'composite';
  readonly of: 'all' | 'any';
  readonly alerts: readonly string[];
}

/** Any of them, whose signals are not yet known. */
export type Row = Threshold<string, Unit> | Anomaly<string> | BurnRate<string> | Composite;

type Counted<S extends Signals> = { [N in keyof S & string]: S[N]['unit'] extends 'count' ? N : never }[keyof S &
  string];
type OfSignal<S extends Signals> = {
  [N in keyof S & string]: Threshold<N, S[N]['unit']> | Anomaly<N>;
}[keyof S & string];

type Alert<S extends Signals> = OfSignal<S> | BurnRate<Counted<S>> | Composite;
export type Alerts<S extends Signals> = Readonly<Record<string, Alert<S>>>;
/** By alert name: another threshold in the alert's own unit, another width of a band, another objective. */
export type Thresholds = Readonly<Record<string, number>>;

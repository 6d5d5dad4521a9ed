/** A row of the alert catalogue: data about a signal, never a resource. A signal's wrong name or unit doesn't compile. */
import type { Signals, Unit } from './signal';

export type Severity = 'critical' | 'warning' | 'info';

interface Row<Name extends string, U extends Unit> {
  readonly signal: Name;
  readonly comparison: 'above' | 'below';
  readonly threshold: number;
  readonly unit: U;
  /** Minutes watched before it alarms: a multiple of the metric's period. */
  readonly forMinutes: number;
  /** Of these periods so many must breach. @default all of them */
  readonly datapoints?: number;
  readonly severity: Severity;
  /** What silence means: 'breaching' for what must report, 'notBreaching' for what only counts events, 'ignore' keeps the state. */
  readonly missingData: 'breaching' | 'notBreaching' | 'ignore';
  /** File name in `docs/runbooks`, without its ending. */
  readonly runbook: string;
  /** What is true when it alarms, for whoever is woken. */
  readonly summary: string;
}

export type Alert<S extends Signals> = { [N in keyof S & string]: Row<N, S[N]['unit']> }[keyof S & string];
export type Alerts<S extends Signals> = Readonly<Record<string, Alert<S>>>;
/** Other thresholds by alert name, in the alert's own unit. */
export type Thresholds = Readonly<Record<string, number>>;

/** The rows of the catalogue that the backend's own metrics can answer, as recording and alerting rules of Prometheus. Not who hears of them. */
import { stringify } from 'yaml';
import type { Row as AnyRow, BurnRate, Threshold } from '../../constructs/alerting/alert';
import type { Unit } from '../../constructs/alerting/signal';
import { balancerAlerts } from '../alerts/balancer';
import { fleetAlerts } from '../alerts/fleet';
import { processAlerts } from '../alerts/process';
import { MIRRORED, QUERIES, SAME } from './queries';

type Line = Threshold<string, Unit>;
type Row = Line | BurnRate<string>;
export type Rows = Readonly<Record<string, Row>>;

interface Recording {
  readonly record: string;
  readonly expr: string;
}

interface Alerting {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<'severity', string>>;
  readonly annotations: Readonly<Record<'summary' | 'runbook', string>>;
}

export interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly interval: string;
    readonly rules: readonly (Recording | Alerting)[];
  }[];
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
/** `latencyP95` is recorded as `holdfast:latency_p95:seconds`. */
export const recorded = (signal: string) => {
  const name = SAME[signal] ?? signal;
  return `holdfast:${snake(name)}:${QUERIES[name]?.unit}`;
};

const SIGN = { above: '>', below: '<' } as const;

/**
 * As CloudWatch does it: of the last N minutes M must breach, and one without a figure breaches not. A range includes both its
 * ends, so it is a second shorter. What must report also alarms when it stops, and not before it began.
 */
function crossing({ signal, comparison, threshold, forMinutes, datapoints = forMinutes, missingData }: Line): string {
  const figure = recorded(signal);
  const range = `${forMinutes - 1}m59s:1m`;
  const breaches = `sum_over_time((${figure} ${SIGN[comparison]} bool ${threshold})[${range}]) >= ${datapoints}`;
  return missingData === 'notBreaching'
    ? breaches
    : `${breaches} or (absent_over_time(${figure}[${forMinutes}m]) and on() count_over_time(${figure}[1h]))`;
}

/** Too large a share of what counts, over a long window and a short one, each with enough to judge by. Sums of recorded minutes. */
function burning({ bad, total, objective, burn, longMinutes, shortMinutes, minimum }: BurnRate<string>): string {
  const line = Number((burn * (100 - objective)).toFixed(6));
  return [longMinutes, shortMinutes]
    .flatMap((minutes) => {
      const over = (signal: string) => `sum_over_time(${recorded(signal)}[${minutes - 1}m59s])`;
      const enough = (minimum * minutes) / longMinutes;
      return [`100 * ${over(bad)} / ${over(total)} > ${line}`, `${over(total)} >= ${enough}`];
    })
    .join(' and ');
}

const expression = (row: Row, override: number | undefined) =>
  row.kind === 'burnRate'
    ? burning({ ...row, objective: override ?? row.objective })
    : crossing({ ...row, threshold: override ?? row.threshold });

const answerable = (row: AnyRow): row is Row =>
  (row.kind === undefined && row.signal in MIRRORED) ||
  (row.kind === 'burnRate' && [row.bad, row.total].every((signal) => (SAME[signal] ?? signal) in MIRRORED));

/** What CloudWatch watches too, by alert name. */
export const mirroredRows: Rows = Object.fromEntries(
  Object.entries<AnyRow>({ ...balancerAlerts, PoolExhausted: fleetAlerts.PoolExhausted }).flatMap(([name, row]) =>
    answerable(row) ? [[name, row]] : [],
  ),
);
/** What only Prometheus can watch. */
export const ownRows: Rows = processAlerts;

/** @param overrides other thresholds by alert name, in the alert's own unit, or other objectives */
export function ruleFile(rows: Rows, overrides: Readonly<Record<string, number>> = {}): RuleFile {
  const recording = Object.entries(QUERIES).map(([signal, { promql }]) => ({ record: recorded(signal), expr: promql }));
  const alerting = Object.entries(rows).map(([alert, row]) => ({
    alert,
    expr: expression(row, overrides[alert]),
    labels: { severity: row.severity },
    annotations: { summary: row.summary, runbook: `docs/runbooks/${row.runbook}.md` },
  }));
  return { groups: [{ name: 'holdfast', interval: '1m', rules: [...recording, ...alerting] }] };
}

/** As Prometheus takes it. */
export const ruleYaml = (...given: Parameters<typeof ruleFile>): string =>
  stringify(ruleFile(...given), { lineWidth: 0 });

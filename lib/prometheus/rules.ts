/** The rows of the catalogue that the backend's own metrics can answer, as recording and alerting rules of Prometheus. Not who hears of them. */
import { stringify } from 'yaml';
import type { Row as AnyRow, Threshold } from '../../constructs/alerting/alert';
import type { Unit } from '../../constructs/alerting/signal';
import { balancerAlerts } from '../alerts/balancer';
import { processAlerts } from '../alerts/process';
import { MIRRORED, QUERIES } from './queries';

type Row = Threshold<string, Unit>;
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
export const recorded = (signal: string) => `holdfast:${snake(signal)}:${QUERIES[signal]?.unit}`;

const SIGN = { above: '>', below: '<' } as const;

/**
 * As CloudWatch does it: of the last N minutes M must breach, and one without a figure breaches not. A range includes both its
 * ends, so it is a second shorter. What must report also alarms when it stops, and not before it began.
 */
function expression({ signal, comparison, threshold, forMinutes, datapoints = forMinutes, missingData }: Row): string {
  const figure = recorded(signal);
  const range = `${forMinutes - 1}m59s:1m`;
  const breaches = `sum_over_time((${figure} ${SIGN[comparison]} bool ${threshold})[${range}]) >= ${datapoints}`;
  return missingData === 'notBreaching'
    ? breaches
    : `${breaches} or (absent_over_time(${figure}[${forMinutes}m]) and on() count_over_time(${figure}[1h]))`;
}

/** What CloudWatch watches too, by alert name. */
export const mirroredRows: Rows = Object.fromEntries(
  Object.entries<AnyRow>(balancerAlerts).flatMap(([name, row]) =>
    row.kind === undefined && row.signal in MIRRORED ? [[name, row]] : [],
  ),
);
/** What only Prometheus can watch. */
export const ownRows: Rows = processAlerts;

/** @param thresholds others by alert name, in the alert's own unit */
export function ruleFile(rows: Rows, thresholds: Readonly<Record<string, number>> = {}): RuleFile {
  const recording = Object.entries(QUERIES).map(([signal, { promql }]) => ({ record: recorded(signal), expr: promql }));
  const alerting = Object.entries(rows).map(([alert, row]) => ({
    alert,
    expr: expression({ ...row, threshold: thresholds[alert] ?? row.threshold }),
    labels: { severity: row.severity },
    annotations: { summary: row.summary, runbook: `docs/runbooks/${row.runbook}.md` },
  }));
  return { groups: [{ name: 'holdfast', interval: '1m', rules: [...recording, ...alerting] }] };
}

/** As Prometheus takes it. */
export const ruleYaml = (...given: Parameters<typeof ruleFile>): string =>
  stringify(ruleFile(...given), { lineWidth: 0 });

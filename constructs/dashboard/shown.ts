/** What there is to draw: the signals of an environment by name, with what alerts say about them. Not how it is drawn. */
import type { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Row, Thresholds } from '../alerting/alert';
import { measures } from '../alerting/measures';
import type { Signals } from '../alerting/signal';
import type { Shown } from './graph';
import type { Section } from './section';

/** Signals of a construct with the alerts about them. */
export interface Watched {
  readonly signals: Signals;
  readonly alerts: Readonly<Record<string, Row>>;
  readonly thresholds: Thresholds;
  /** Whose they are, where several services have them. */
  readonly service?: string;
  /** Where that stands, where another of its kind stands elsewhere. */
  readonly place?: string;
  /** Where the metrics are published. */
  readonly region: string;
}

/** Signals that a row is drawn under: its own, or its own name where it measures something that is no signal. */
export const drawnAs = (alert: string, row: Row): readonly string[] => {
  if (row.kind === 'composite') return [];
  return [row.kind === 'burnRate' ? alert : row.signal];
};

/** By signal, since a graph draws a signal wherever it comes from: certificates, say, are in two regions. */
export function shownSignals(watched: readonly Watched[]): ReadonlyMap<string, readonly Shown[]> {
  const shown = new Map<string, Shown[]>();
  const show = (name: string, one: Shown) => shown.set(name, [...(shown.get(name) ?? []), one]);
  for (const { signals, alerts, thresholds, region, service, place } of watched) {
    const rows = Object.entries(alerts);
    for (const [name, signal] of Object.entries(signals)) {
      const lines = rows.flatMap(([alert, row]) =>
        row.kind === undefined && row.signal === name
          ? [{ alert, ...row, threshold: thresholds[alert] ?? row.threshold }]
          : [],
      );
      const bands = rows.flatMap(([alert, row]) =>
        row.kind === 'anomaly' && row.signal === name
          ? measures(row, signals, thresholds[alert]).map(([, { metric }]) => metric as MathExpression)
          : [],
      );
      show(name, { ...signal, bands, region, lines, service, place });
    }
    for (const [alert, row] of rows.filter(([, { kind }]) => kind === 'burnRate'))
      for (const [, { metric, threshold }] of measures(row, signals, thresholds[alert]))
        show(alert, {
          unit: 'percent',
          metrics: [metric as MathExpression],
          bands: [],
          region,
          service,
          place,
          lines: [{ alert, comparison: 'above', threshold, severity: row.severity }],
        });
  }
  return shown;
}

/** 'sessionHitRate' → 'Session hit rate' */
const words = (name: string) =>
  name
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim()
    .replace(/^./, (letter) => letter.toUpperCase());

/** What alerts watch and no section names: nobody may be woken by a curve that can't be seen. */
export function rest(watched: readonly Watched[], sections: readonly Section[]): Section {
  const named = new Set(sections.flatMap(({ graphs }) => graphs.flatMap(({ signals }) => Object.keys(signals))));
  const left = new Set(
    watched
      .flatMap(({ alerts }) => Object.entries(alerts).flatMap(([alert, row]) => drawnAs(alert, row)))
      .filter((name) => !named.has(name)),
  );
  return {
    title: 'Others',
    about: 'Watched, and in no section yet.',
    graphs: [...left].map((name) => ({ title: words(name), signals: { [name]: words(name).toLowerCase() } })),
  };
}

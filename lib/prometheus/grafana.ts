/** A dashboard for Grafana over the recorded figures, each with the lines at which it alarms. Any Prometheus that has the rules is its source. */
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Unit } from '../../constructs/alerting/signal';
import { QUERIES } from './queries';
import { type Rows, recorded } from './rules';

/** Title → signals drawn together: traffic, errors and latency first, then what fills up. */
const PANELS: readonly (readonly [title: string, ...signals: string[]])[] = [
  ['Requests per minute', 'requests', 'failedRequests', 'slowRequests'],
  ['Requests that fail', 'errorRate'],
  ['Latency', 'latencyP50', 'latencyP95', 'latencyP99'],
  ['Queries that wait for a connection', 'poolWaiting'],
  ['Event loop lag, 99th percentile', 'eventLoopLag'],
  ['Memory of a process', 'processMemory'],
  ['Look-ups the cache answers', 'cacheHitRate'],
  ['Requests the limit could not count', 'uncountedRequests'],
  ['Logins that wait for their hash', 'passwordHashesWaiting'],
  ['Processes that do not answer', 'processesDown'],
  ['Restarts of a process in 10 minutes', 'processRestarts'],
  ['Open WebSockets', 'websockets'],
];
const COLUMNS = 3;
const [WIDTH, HEIGHT] = [24 / COLUMNS, 8];

const UNITS = {
  percent: 'percent',
  seconds: 's',
  milliseconds: 'ms',
  bytes: 'bytes',
  count: 'short',
} as const satisfies Readonly<Record<Unit, string>>;
const COLOURS = { critical: 'red', warning: 'orange', info: 'blue' } as const;

const SOURCE = { type: 'prometheus', uid: '$source' };

/** @param thresholds others by alert name, in the alert's own unit */
export function grafanaDashboard(
  title: string,
  rows: Rows,
  thresholds: Readonly<Record<string, number>> = {},
): Dashboard {
  const dashboard = new DashboardBuilder(`Holdfast ${title}: backend`)
    .uid(`holdfast-${title}-backend`)
    .tags(['holdfast', title])
    .refresh('1m')
    .time({ from: 'now-6h', to: 'now' })
    .withVariable(new DatasourceVariableBuilder('source').label('Source').type('prometheus'))
    .annotation(
      new AnnotationQueryBuilder()
        .name('Alerts')
        .datasource(SOURCE)
        .enable(true)
        .iconColor('red')
        .expr('ALERTS{alertstate="firing"}')
        .titleFormat('{{alertname}}')
        .step('60s'),
    );
  for (const [index, [heading, ...signals]] of PANELS.entries()) {
    const lines = Object.entries(rows)
      .flatMap(([alert, row]) => (row.kind === undefined && signals.includes(row.signal) ? [{ alert, ...row }] : []))
      .map(({ alert, threshold, severity }) => ({ value: thresholds[alert] ?? threshold, color: COLOURS[severity] }))
      .sort((a, b) => a.value - b.value);
    dashboard.withPanel(
      new PanelBuilder()
        .id(index + 1)
        .title(heading)
        .gridPos({ x: (index % COLUMNS) * WIDTH, y: Math.floor(index / COLUMNS) * HEIGHT, w: WIDTH, h: HEIGHT })
        .datasource(SOURCE)
        .unit(UNITS[QUERIES[signals[0] ?? '']?.unit ?? 'count'])
        .min(0)
        .thresholds(
          new ThresholdsConfigBuilder()
            .mode(ThresholdsMode.Absolute)
            .steps([{ value: null, color: 'transparent' }, ...lines]),
        )
        .legend(
          new VizLegendOptionsBuilder()
            .displayMode(LegendDisplayMode.List)
            .placement(LegendPlacement.Bottom)
            .showLegend(true),
        )
        .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
        .targets(
          signals.map((signal, target) =>
            new DataqueryBuilder()
              .refId('ABC'[target] ?? '')
              .expr(recorded(signal))
              .legendFormat(signal),
          ),
        ),
    );
  }
  return dashboard.build();
}

/** One graph: the metrics of its signals, each under a name of its own, and the thresholds of their alerts as lines. */
import { Color, GraphWidget, type HorizontalAnnotation, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { SEVERITIES, type Severity } from '../alerting/alert';
import type { Signal, Unit } from '../alerting/signal';
import type { Graph } from './section';

interface Line {
  readonly alert: string;
  readonly comparison: 'above' | 'below';
  /** In the signal's unit. */
  readonly threshold: number;
  readonly severity: Severity;
}

/** A signal where it is published, with the thresholds that alerts hold against it. */
export interface Shown extends Signal {
  readonly region: string;
  /** Whose it is, where several services have it. */
  readonly service?: string;
  /** Where that stands, where another of its kind stands elsewhere. */
  readonly place?: string;
  readonly lines: readonly Line[];
  /** What CloudWatch expects of its metrics, where an alert asks. */
  readonly bands: readonly MathExpression[];
}

const COLOURS = { critical: Color.RED, warning: Color.ORANGE, info: Color.BLUE } as const;
const SUFFIX = { percent: ' %', seconds: ' s', milliseconds: ' ms', bytes: ' GB', count: '' } as const satisfies Record<
  Unit,
  string
>;

/** For people: bytes in GB. */
const spoken = (value: number, unit: Unit): string =>
  `${Number((unit === 'bytes' ? value / 1e9 : value).toPrecision(4))}${SUFFIX[unit]}`;

/** Ids of metrics are one name space per graph, so those inside an expression get a number. Drawn from `region` where that isn't the dashboard's. */
function placed(
  metric: Metric | MathExpression,
  region: string | undefined,
  number: number,
  label?: string,
): Metric | MathExpression {
  if (metric instanceof Metric) return metric.with({ ...(region && { region }), ...(label && { label }) });
  const inner = Object.entries(metric.usingMetrics);
  const ids = new Map(inner.map(([id]) => [id, `${id}_${number}`]));
  return new MathExpression({
    expression: metric.expression.replace(/\b[a-z]\w*\b/g, (id) => ids.get(id) ?? id),
    usingMetrics: Object.fromEntries(
      inner.map(([id, used]) => [ids.get(id), placed(used as Metric | MathExpression, region, number)]),
    ),
    period: metric.period,
    label,
  });
}

/** One line for all alerts that share a threshold, in the colour of the gravest: labels would cover each other. */
function annotations(lines: readonly Line[], unit: Unit): HorizontalAnnotation[] {
  const crossing = ({ comparison, threshold }: Line) => `${comparison} ${spoken(threshold, unit)}`;
  return [...new Set(lines.map(crossing))].map((one) => {
    const some = lines.filter((line) => crossing(line) === one);
    return {
      value: some[0]?.threshold ?? 0,
      label: `${[...new Set(some.map(({ alert }) => alert))].join(', ')}: ${one}`,
      color: COLOURS[SEVERITIES.find((each) => some.some(({ severity }) => severity === each)) ?? 'info'],
    };
  });
}

/** Undefined when the environment has none of the signals. Throws when they differ in unit: one axis can't show them. */
export function graphWidget(
  { title, signals, beside = {}, max }: Graph,
  shown: ReadonlyMap<string, readonly Shown[]>,
  here: string,
  width: number,
): GraphWidget | undefined {
  const parts = Object.entries(signals).flatMap(([name, legend = name]) =>
    (shown.get(name) ?? []).flatMap((one) => {
      const of = `${legend}${one.service ? ` of ${one.service}` : ''}${one.place ? `, ${one.place}` : ''}`;
      return [
        ...one.metrics.map((metric) => ({ ...one, name, legend: of, metric })),
        ...one.bands.map((metric) => ({ ...one, name: `${name}Band`, legend: `${of}, usual`, metric })),
      ];
    }),
  );
  const [first] = parts;
  if (!first) return undefined;
  const odd = parts.find(({ unit }) => unit !== first.unit);
  if (odd)
    throw new Error(
      `dashboard, ${title}: expected signals of one unit (${first.unit}), got ${odd.name} in ${odd.unit}; give it a graph of its own`,
    );
  const left = parts.map(({ metric, region, name, legend }, index) => {
    const same = parts.filter((other) => other.name === name && other.legend === legend);
    const label = same.length > 1 ? `${legend} ${same.findIndex((other) => other.metric === metric) + 1}` : legend;
    return placed(metric, region === here ? undefined : region, index + 1, label);
  });
  const right = Object.entries(beside).flatMap(([name, legend]) =>
    (shown.get(name) ?? []).flatMap(({ metrics, region }) =>
      metrics.map((metric) => placed(metric, region === here ? undefined : region, parts.length + 1, legend)),
    ),
  );
  return new GraphWidget({
    title,
    left,
    ...(right.length > 0 && { right, rightYAxis: { showUnits: false, min: 0 } }),
    leftAnnotations: annotations(
      parts.flatMap(({ lines }) => lines),
      first.unit,
    ),
    leftYAxis: { label: first.unit === 'count' ? undefined : first.unit, showUnits: false, min: 0, max },
    width,
    height: 6,
  });
}

/** What the page's browser must know of a graph to draw it. */
import type { Annotation, Widget } from '../body';

export interface Graph {
  readonly title: string;
  readonly legends: readonly string[];
  readonly lines: readonly Annotation[];
  /** What is marked beside the curves, such as deployments. */
  readonly marks: readonly string[];
  /** Seconds between points. */
  readonly period: number;
  readonly unit: string;
  readonly max?: number;
}

/** Undefined for what isn't a graph. */
export function graphOf({ type, properties }: Widget): Graph | undefined {
  if (type !== 'metric') return undefined;
  const options = (properties.metrics ?? []).map((entry) => entry.find((part) => typeof part === 'object') ?? {});
  const seen = options.filter(({ visible }) => visible !== false);
  const [drawn, beside] = [
    seen.filter(({ yAxis }) => yAxis !== 'right'),
    seen.filter(({ yAxis }) => yAxis === 'right'),
  ];
  const { label = 'count', max } = properties.yAxis?.left ?? {};
  return {
    title: properties.title ?? '',
    legends: drawn.map(({ label: legend, id }) => String(legend ?? id ?? '')),
    marks: beside.map(({ label: legend }) => String(legend ?? '')),
    lines: properties.annotations?.horizontal ?? [],
    period: Math.max(60, ...drawn.map(({ period }) => Number(period ?? 300))),
    unit: label,
    max,
  };
}

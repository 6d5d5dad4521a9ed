/** The states of one metric alarm over fed metrics, step by step. Composites and messages are simulate's. */
import { type Band, COMPARISONS, type Datapoint, nextState, rangeOf, type State, samplesNeeded } from './evaluation';
import { compute } from './math';
import type { Metric, MetricAlarm, Query } from './model';
import { count, type Sample, statistics } from './samples';
import type { Series } from './series';

export interface Feed {
  readonly steps: number;
  readonly stepS: number;
  /** Since 1970. @default 0 */
  readonly startS?: number;
  /** What that alarm can see of the metric in that step. */
  readonly metric: (metric: Metric, alarm: MetricAlarm, step: number) => readonly Sample[];
  /** Upper and lower bound that an expression forecasts for that step. @default none: the model is still learning */
  readonly band?: (expression: string, step: number) => Band | undefined;
}

type Watching = Query & { readonly metric: Metric };

/** A period ends with the step it is looked at: CloudWatch's windows slide unless an alarm asks for the clock's. */
export function metricStates(alarm: MetricAlarm, feed: Feed): readonly State[] {
  const { periods, periodS, threshold, result } = alarm;
  const { steps, stepS, metric, band } = feed;
  const perPeriod = Math.max(1, Math.round(periodS / stepS));
  const range = rangeOf(periods);
  const watching = alarm.queries.filter((query): query is Watching => query.metric !== undefined);
  const published = watching.map((query) => {
    const all = Array.from({ length: steps }, (_, step) => metric(query.metric, alarm, step));
    const values = statistics(query.metric, all, perPeriod);
    return { id: query.id, all, values, needed: alarm.ignoresFewSamples ? samplesNeeded(query.metric.statistic) : 0 };
  });
  const few = (step: number) =>
    published.some(
      ({ needed, all }) =>
        needed > 0 && count(all.slice(Math.max(0, step + 1 - periods * perPeriod), step + 1).flat()) < needed,
    );
  const expressions = Object.fromEntries(alarm.queries.map(({ id, expression }) => [id, expression ?? '']));
  const breaches = COMPARISONS[alarm.comparison];
  const held = (step: number): Band | undefined =>
    typeof threshold === 'number' ? { lower: threshold, upper: threshold } : band?.(expressions[threshold] ?? '', step);

  const judge = (looks: readonly number[]): readonly Datapoint[] => {
    const metrics: Readonly<Record<string, Series>> = Object.fromEntries(
      published.map(({ id, values }) => [id, looks.map((look) => values[look])]),
    );
    const line = metrics[result] ?? (compute(result, { metrics, expressions, periodS }) as Series);
    return line.map((value, index) => {
      const limits = held(looks[index] ?? 0);
      if (value === undefined || limits === undefined) return 'missing';
      return breaches?.(value, limits) ? 'breaching' : 'within';
    });
  };
  /** Since when every value is the one before: then nothing new can follow, and most steps of a scenario are such. */
  let steadySince = 0;
  const sampled = published.some(({ needed }) => needed > 0);
  const states: State[] = [];
  let state: State = 'INSUFFICIENT_DATA';
  for (let step = 0; step < steps; step++) {
    if (published.some(({ values }) => values[step] !== values[step - 1])) steadySince = step;
    const oldest = step - (range - 1) * perPeriod;
    const steady = typeof threshold === 'number' && !sampled && oldest > steadySince;
    if (!steady && !few(step)) {
      const looks = Array.from({ length: range }, (_, index) => oldest + index * perPeriod);
      state = nextState(judge(looks), alarm, state);
    }
    states.push(state);
  }
  return states;
}

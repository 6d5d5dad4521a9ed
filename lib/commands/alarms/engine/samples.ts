/** What a metric is over a period, from what was published in each step of it. */
import type { Metric } from './model';
import type { Series } from './series';

/** What is published in one step: each sample's value, and how many samples. */
export interface Sample {
  readonly value: number;
  readonly samples: number;
}

export const count = (all: readonly Sample[]): number => all.reduce((sum, { samples }) => sum + samples, 0);
const sum = (all: readonly Sample[]) => all.reduce((total, { value, samples }) => total + value * samples, 0);

const STATISTICS: Readonly<Record<string, (all: readonly Sample[]) => number>> = {
  Sum: sum,
  SampleCount: count,
  Average: (all) => sum(all) / count(all),
  Maximum: (all) => Math.max(...all.map(({ value }) => value)),
  Minimum: (all) => Math.min(...all.map(({ value }) => value)),
};

function percentile(percent: number, all: readonly Sample[]): number | undefined {
  const rank = (percent / 100) * count(all);
  let below = 0;
  for (const { value, samples } of [...all].sort((a, b) => a.value - b.value)) {
    below += samples;
    if (below >= rank) return value;
  }
  return undefined;
}

/** TC(a:b): how many samples lie above a and up to b. */
function trimmed(name: string, all: readonly Sample[]): number | undefined {
  const [, from = '', to = ''] = /^TC\((.*):(.*)\)$/.exec(name) ?? [];
  if (from === '' && to === '') return undefined;
  return count(all.filter(({ value }) => (from === '' || value > Number(from)) && (to === '' || value <= Number(to))));
}

/** Nothing when nothing was published. */
function statistic({ statistic: name }: Metric, all: readonly Sample[]): number | undefined {
  return all.length === 0
    ? undefined
    : (STATISTICS[name]?.(all) ?? trimmed(name, all) ?? percentile(Number(name.slice(1)), all));
}

/** Of each step: the statistic over the `length` steps that end with it. */
export function statistics(metric: Metric, all: readonly (readonly Sample[])[], length: number): Series {
  const known = new Map<readonly Sample[], number | undefined>();
  for (const samples of all) if (!known.has(samples)) known.set(samples, statistic(metric, samples));
  const each = all.map((samples) => known.get(samples));
  if (length === 1) return each;
  if (!/^(Sum|SampleCount|TC\()/.test(metric.statistic))
    return all.map((_, step) => statistic(metric, all.slice(Math.max(0, step + 1 - length), step + 1).flat()));
  let total = 0;
  let steps = 0;
  return each.map((value, step) => {
    const gone = each[step - length];
    total += (value ?? 0) - (gone ?? 0);
    steps += Number(value !== undefined) - Number(gone !== undefined);
    return steps > 0 ? total : undefined;
  });
}

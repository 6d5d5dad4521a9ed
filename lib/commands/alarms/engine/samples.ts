/** What a metric is over a period, from what was published in each step of it. */
import type { Metric } from './model';

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

/** The statistic of `all`; nothing when nothing was published. */
export function statistic({ statistic: name }: Metric, all: readonly Sample[]): number | undefined {
  return all.length === 0 ? undefined : (STATISTICS[name]?.(all) ?? percentile(Number(name.slice(1)), all));
}

/** One evaluation of a metric alarm, by CloudWatch's published rules. Not the time between two of them, and no action. */
export type State = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type Missing = 'breaching' | 'notBreaching' | 'ignore' | 'missing';
export type Datapoint = 'within' | 'breaching' | 'missing';

export interface Band {
  readonly lower: number;
  readonly upper: number;
}

type Breaches = (value: number, band: Band) => boolean;
/** By ComparisonOperator; a fixed threshold is a band without width. */
export const COMPARISONS: Readonly<Record<string, Breaches>> = {
  GreaterThanThreshold: (value, { upper }) => value > upper,
  GreaterThanOrEqualToThreshold: (value, { upper }) => value >= upper,
  LessThanThreshold: (value, { lower }) => value < lower,
  LessThanOrEqualToThreshold: (value, { lower }) => value <= lower,
  GreaterThanUpperThreshold: (value, { upper }) => value > upper,
  LessThanLowerThreshold: (value, { lower }) => value < lower,
  LessThanLowerOrGreaterThanUpperThreshold: (value, { lower, upper }) => value < lower || value > upper,
};

export interface Rule {
  /** N, EvaluationPeriods. */
  readonly periods: number;
  /** M, DatapointsToAlarm. */
  readonly toAlarm: number;
  readonly missing: Missing;
}

/**
 * How many data points CloudWatch fetches: more than N, in case some are missing. It doesn't publish how many more; its own
 * examples fetch 5 for N = 3.
 */
export const rangeOf = (periods: number): number => periods + 2;

/** The state after looking at `points`, the evaluation range, oldest first. */
export function nextState(points: readonly Datapoint[], { periods, toAlarm, missing }: Rule, current: State): State {
  const real = points.filter((point) => point !== 'missing');
  const judged = (breaching: number): State => (breaching >= toAlarm ? 'ALARM' : 'OK');
  const breachesOf = (some: readonly Datapoint[]) => some.filter((point) => point === 'breaching').length;
  if (real.length >= periods) return judged(breachesOf(real.slice(-periods))); // what is missing doesn't matter

  const breaches = breachesOf(real);
  if (missing === 'notBreaching') return judged(breaches);
  if (missing === 'breaching') return judged(breaches + periods - real.length);
  if (breaches >= toAlarm) return 'ALARM';
  if (real.includes('within')) return 'OK';
  if (missing === 'ignore') return current;
  // only breaches, and fewer than M: an alarm when the oldest of them is as old as M, else too early to say
  const age = breaches > 0 ? points.length - points.indexOf('breaching') : 0;
  return age >= toAlarm ? 'ALARM' : 'INSUFFICIENT_DATA';
}

/** Samples that a percentile needs before it means something; none for other statistics. */
export function samplesNeeded(statistic: string): number {
  const percentile = Number(/^p(\d+(?:\.\d+)?)$/.exec(statistic)?.[1]);
  if (Number.isNaN(percentile)) return 0;
  return 10 / (Math.min(percentile, 100 - percentile) / 100);
}

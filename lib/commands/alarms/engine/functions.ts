/** The functions and operators of metric math. Not SEARCH and its like, which an alarm can't have. */
import { combine, each, isSeries, linesOf, points, reduce, type Series, type Value } from './series';

interface Time {
  readonly periodS: number;
  /** Of every series. */
  readonly length: number;
}
type Function = (operands: readonly Value[], time: Time) => Value;

const both =
  (change: (a: number, b: number) => number): Function =>
  ([a = 0, b = 0]) =>
    combine(a, b, change);
const compare = (holds: (a: number, b: number) => boolean) => both((a, b) => (holds(a, b) ? 1 : 0));
const single =
  (change: (value: number) => number): Function =>
  ([value = 0]) =>
    each(value, (line) => points(line, change));
const lines =
  (change: (line: Series, periodS: number) => Series): Function =>
  ([value = 0], { periodS }) =>
    each(value, (line) => change(line, periodS));
const down =
  (change: (values: readonly number[], of: number) => number): Function =>
  ([value = 0]) =>
    reduce(value, change);

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

/** Of each value and the one reported before it. */
const steps = (line: Series, change: (step: number, periods: number) => number): Series => {
  let before: number | undefined;
  return line.map((value, time) => {
    if (value === undefined) return undefined;
    const from = before;
    before = time;
    return from === undefined ? undefined : change(value - (line[from] ?? 0), time - from);
  });
};

/** A condition that has a gap drops the point; where it holds, a gap in the first result is 0. */
const choose: Function = ([condition = 0, yes = 0, no]) => {
  if (typeof condition === 'number') {
    const gone = linesOf(yes)[0]?.map(() => undefined) ?? [];
    return condition === 0 ? (no ?? gone) : yes;
  }
  const at = (value: Value | undefined, time: number) =>
    typeof value === 'number' ? value : value && isSeries(value) ? value[time] : undefined;
  return each(condition, (line) =>
    line.map((value, time) => (value === undefined ? undefined : value === 0 ? at(no, time) : (at(yes, time) ?? 0))),
  );
};

const repeated = (line: Series): Series => {
  let last: number | undefined;
  return line.map((value) => {
    last = value ?? last;
    return last;
  });
};

const straight = (line: Series): Series =>
  line.map((value, time) => {
    if (value !== undefined) return value;
    const before = line.findLastIndex((one, at) => at < time && one !== undefined);
    const after = line.findIndex((one, at) => at > time && one !== undefined);
    const [from, to] = [line[before], line[after]];
    if (from === undefined || to === undefined) return undefined;
    return from + ((to - from) * (time - before)) / (after - before);
  });

/** What may stand as the second operand of FILL, beside a value. */
export const FILLERS: Readonly<Record<string, (line: Series) => Series>> = { REPEAT: repeated, LINEAR: straight };

const fill: Function = ([value = 0, filler = 0]) =>
  each(value, (line) =>
    line.map((one, time) => one ?? (typeof filler === 'number' ? filler : linesOf(filler)[0]?.[time])),
  );

const running = (line: Series): Series => {
  let all = 0;
  return points(line, (value) => {
    all += value;
    return all;
  });
};

export const FUNCTIONS: Readonly<Record<string, Function>> = {
  '+': both((a, b) => a + b),
  '-': both((a, b) => a - b),
  '*': both((a, b) => a * b),
  '/': both((a, b) => a / b),
  '^': both((a, b) => a ** b),
  NEGATIVE: single((value) => -value),
  '==': compare((a, b) => a === b),
  '!=': compare((a, b) => a !== b),
  '<=': compare((a, b) => a <= b),
  '>=': compare((a, b) => a >= b),
  '<': compare((a, b) => a < b),
  '>': compare((a, b) => a > b),
  AND: compare((a, b) => a !== 0 && b !== 0),
  OR: compare((a, b) => a !== 0 || b !== 0),
  ABS: single(Math.abs),
  CEIL: single(Math.ceil),
  FLOOR: single(Math.floor),
  LOG: single(Math.log),
  LOG10: single(Math.log10),
  AVG: down((values, of) => sum(values) / of), // gaps in one of several series count as 0
  MAX: down((values) => Math.max(...values)),
  MIN: down((values) => Math.min(...values)),
  SUM: down(sum),
  STDDEV: down((values) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)))),
  DATAPOINT_COUNT: down((values) => values.length),
  METRIC_COUNT: ([value = 0]) => linesOf(value).length,
  DIFF: lines((line) => steps(line, (step) => step)),
  DIFF_TIME: lines((line, periodS) => steps(line, (_, periods) => periods * periodS)),
  RATE: lines((line, periodS) => steps(line, (step, periods) => step / (periods * periodS))),
  RUNNING_SUM: lines(running),
  FIRST: ([value = 0]) => linesOf(value)[0] ?? [],
  LAST: ([value = 0]) => linesOf(value).at(-1) ?? [],
  FILL: fill,
  IF: choose,
  PERIOD: (_, { periodS }) => periodS,
  TIME_SERIES: ([value = 0], { length }) => new Array<number>(length).fill(Number(value)),
};

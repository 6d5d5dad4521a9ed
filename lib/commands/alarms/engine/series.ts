/** Values over time as metric math handles them: a number, a series, or several series. A gap in a series is undefined. */
export type Series = readonly (number | undefined)[];
export interface Bundle {
  readonly lines: readonly Series[];
}
export type Value = number | Series | Bundle;

export const isSeries = (value: Value): value is Series => Array.isArray(value);
export const linesOf = (value: Value): readonly Series[] =>
  typeof value === 'number' ? [] : isSeries(value) ? [value] : value.lines;

/** What can't be a data point, such as the result of a division by zero, is dropped. */
const point = (value: number) => (Number.isFinite(value) ? value : undefined);

export const each = (value: Value, change: (line: Series) => Series): Value =>
  typeof value === 'number'
    ? (change([value])[0] ?? Number.NaN)
    : isSeries(value)
      ? change(value)
      : { lines: value.lines.map(change) };

export const points = (line: Series, change: (value: number) => number): Series =>
  line.map((value) => (value === undefined ? undefined : point(change(value))));

/** Of two values, time by time: where one series has a gap and the other a value, the gap counts as 0. */
export function combine(a: Value, b: Value, change: (a: number, b: number) => number): Value {
  if (typeof a === 'number')
    return typeof b === 'number' ? change(a, b) : each(b, (line) => points(line, (v) => change(a, v)));
  if (typeof b === 'number') return each(a, (line) => points(line, (v) => change(v, b)));
  if (!isSeries(a)) return { lines: a.lines.map((line) => combine(line, b, change) as Series) };
  if (!isSeries(b)) return { lines: b.lines.map((line) => combine(a, line, change) as Series) };
  return a.map((value, time) => {
    const other = b[time];
    return value === undefined && other === undefined ? undefined : point(change(value ?? 0, other ?? 0));
  });
}

/** Down to one: a series to a number, several series to one, time by time. Nothing reported gives nothing. */
export function reduce(value: Value, change: (values: readonly number[], of: number) => number): Value {
  const reported = (values: Series) => values.filter((one) => one !== undefined);
  if (typeof value === 'number') return change([value], 1);
  if (isSeries(value)) return change(reported(value), reported(value).length);
  const [first = []] = value.lines;
  return first.map((_, time) => {
    const values = reported(value.lines.map((line) => line[time]));
    return values.length === 0 ? undefined : point(change(values, value.lines.length));
  });
}

/** When a mute rule is active: five fields of cron, or one moment. Not what it mutes. */
import { ConfigError } from '../../../config/config-error';

export interface Schedule {
  /** `cron(…)`, the bare five fields, or `at(yyyy-MM-ddThh:mm)`. */
  readonly expression: string;
  /** ISO 8601, such as PT4H. */
  readonly duration: string;
  /** @default UTC */
  readonly timezone?: string;
}

const NAMES = ['JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC', 'SUN MON TUE WED THU FRI SAT'].map((all) =>
  all.split(' '),
);
const MINUTE_S = 60;
const DURATION = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/;

/** In seconds. Throws a ConfigError for another form. */
function durationS(text: string): number {
  const [, weeks = 0, days = 0, hours = 0, minutes = 0] = DURATION.exec(text) ?? [];
  const total = (((Number(weeks) * 7 + Number(days)) * 24 + Number(hours)) * 60 + Number(minutes)) * MINUTE_S;
  if (total === 0) throw new ConfigError(`duration: expected ISO 8601 from PT1M to P15D, got '${text}'`);
  return total;
}

const number = (word: string) => {
  const [months = [], days = []] = NAMES;
  if (/^\d+$/.test(word)) return Number(word);
  return months.includes(word) ? months.indexOf(word) + 1 : days.indexOf(word);
};

function matches(field: string, value: number): boolean {
  return field.split(',').some((part) => {
    const [from = '', to = from] = part.split('-');
    return part === '*' || (number(from) <= value && value <= number(to));
  });
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const FIELDS = ['minute', 'hour', 'day', 'month', 'weekday', 'year'] as const;

/** Values of FIELDS where the schedule is meant. */
function clock(timeS: number, timeZone: string): readonly number[] {
  const form =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      minute: 'numeric',
      hour: 'numeric',
      day: 'numeric',
      month: 'numeric',
      weekday: 'short',
      year: 'numeric',
    });
  clocks.set(timeZone, form);
  const parts = form.formatToParts(new Date(timeS * 1000));
  return FIELDS.map((field) => number((parts.find(({ type }) => type === field)?.value ?? '').toUpperCase()));
}

/** One for each of FIELDS. */
function fieldsOf(expression: string): readonly string[] {
  const [, year, month, day, hour, minute] = /^at\((\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)\)$/.exec(expression) ?? [];
  if (year && month && day && hour && minute) return [minute, hour, day, month, '*', year];
  const fields = expression
    .replace(/^cron\((.*)\)$/, '$1')
    .trim()
    .split(/\s+/);
  if (fields.length !== 5 || !fields.every((field) => /^[\w*,-]+$/.test(field)))
    throw new ConfigError(`schedule: expected five fields of cron or at(yyyy-MM-ddThh:mm), got '${expression}'`);
  return [...fields, '*'];
}

/** Windows that touch the time between two moments, in seconds since 1970. */
export function windows({ expression, duration, timezone = 'UTC' }: Schedule, fromS: number, toS: number) {
  const longS = durationS(duration);
  const fields = fieldsOf(expression);
  const begins = (timeS: number) =>
    clock(timeS, timezone).every((value, index) => {
      const field = fields[index] ?? '*';
      return matches(field, value) || (index === 4 && value === 0 && matches(field, 7)); // Sunday has two numbers
    });
  const once = Date.parse(`${/^at\((.*)\)$/.exec(expression)?.[1]}Z`) / 1000;
  if (timezone === 'UTC' && !Number.isNaN(once))
    return [{ fromS: once, toS: once + longS }].filter((window) => window.toS > fromS && window.fromS <= toS);
  const found: { readonly fromS: number; readonly toS: number }[] = [];
  for (let timeS = Math.ceil((fromS - longS) / MINUTE_S) * MINUTE_S; timeS <= toS; timeS += MINUTE_S)
    if (timeS + longS > fromS && begins(timeS)) found.push({ fromS: timeS, toS: timeS + longS });
  return found;
}

/** What AWS's own pages say a CloudWatch alarm does: their examples, row by row. Sources beside each table. */
import { type Datapoint, type Missing, nextState, samplesNeeded } from '../../../lib/commands/alarms/engine/evaluation';
import { compute } from '../../../lib/commands/alarms/engine/math';
import { windows } from '../../../lib/commands/alarms/engine/mute';
import type { Series } from '../../../lib/commands/alarms/engine/series';
import { Suppression } from '../../../lib/commands/alarms/engine/suppression';

const POINTS: Readonly<Record<string, Datapoint>> = { '0': 'within', X: 'breaching', '-': 'missing' };
const points = (text: string) => text.split(' ').map((sign) => POINTS[sign] ?? 'missing');
const TREATMENTS: readonly Missing[] = ['missing', 'ignore', 'breaching', 'notBreaching'];
const RETAINED = 'the state before';

/**
 * CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data": both tables and "Avoiding premature transitions".
 * Rows marked * stand in the guide's edition of 2018 alone (awsdocs/amazon-cloudwatch-user-guide, 05fd32f).
 * Most recent point on the right · states where missing data is missing, ignore, breaching, notBreaching.
 */
const MISSING: readonly (readonly [of: string, points: string, ...states: string[]])[] = [
  ['3 of 3', '0 - X - X', 'OK', 'OK', 'OK', 'OK'],
  ['3 of 3', '0 - - - -', 'OK', 'OK', 'OK', 'OK'],
  ['3 of 3', '- - - - -', 'INSUFFICIENT_DATA', RETAINED, 'ALARM', 'OK'],
  ['3 of 3', '0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['3 of 3', '- - X - -', 'ALARM', RETAINED, 'ALARM', 'OK'],
  ['3 of 3', '- - - - X', 'INSUFFICIENT_DATA', RETAINED, 'ALARM', 'OK'], // *
  ['3 of 3', 'X - - - -', 'ALARM', RETAINED, 'ALARM', 'OK'], // *
  ['2 of 3', '0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['2 of 3', '0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['2 of 3', '0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
  ['2 of 3', '- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
  ['2 of 3', '- - - X -', 'ALARM', RETAINED, 'ALARM', 'OK'],
  ['2 of 3', '- - - - X', 'INSUFFICIENT_DATA', RETAINED, 'ALARM', 'OK'], // *
];

describe.each(MISSING)('an alarm of %s that finds %s', (of, found, ...states) => {
  const [toAlarm = 0, periods = 0] = of.split(' of ').map(Number);

  it.each(TREATMENTS.map((missing, index) => [missing, states[index]] as const))('with %s is %s', (missing, state) => {
    for (const before of ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const)
      expect(nextState(points(found), { periods, toAlarm, missing }, before)).toBe(state === RETAINED ? before : state);
  });
});

/** "Avoiding premature transitions to alarm state", in words there. */
it.each(['- - - - X', '- - - X -'])('an alarm of 3 of 3 that finds %s waits for the next point', (found) => {
  expect(nextState(points(found), { periods: 3, toAlarm: 3, missing: 'missing' }, 'OK')).not.toBe('ALARM');
});

/** "Using Amazon CloudWatch alarms", the figure beside "Evaluating an alarm": over 3 units, 3 of 3, periods 1 to 10. */
it('alarms after three breaches in a row, ends with the first value within, and takes one more breach calmly', () => {
  const values = [2, 2, 4, 5, 5, 2, 2, 2, 4, 2];
  const states = values.map((_, time) =>
    nextState(
      values.slice(0, time + 1).map((value) => (value > 3 ? 'breaching' : 'within')),
      { periods: 3, toAlarm: 3, missing: 'missing' },
      'OK',
    ),
  );
  expect(states.map((state) => state === 'ALARM').lastIndexOf(true)).toBe(4);
  expect(states[4]).toBe('ALARM');
  expect(states.slice(5)).not.toContain('ALARM');
});

/** "Percentile-based CloudWatch alarms and low data samples". */
it.each([
  ['p99', 1000],
  ['p95', 200],
  ['p50', 20],
  ['p10', 100],
  ['Average', 0],
])('%s means something from %i samples on', (statistic, samples) => {
  expect(samplesNeeded(statistic)).toBeCloseTo(samples);
});

const series = (text: string): Series => text.split(', ').map((word) => (word === '-' ? undefined : Number(word)));

/** "Using metric math": comparison operators; the three tables of IF; arithmetic; FILL as in "Functions supported". */
const MATH: readonly (readonly [expression: string, metrics: Readonly<Record<string, string>>, result: string])[] = [
  ['(metric1 < metric2)', { metric1: '30, 20, 0, 0', metric2: '20, -, 20, -' }, '0, 0, 1, 0'],
  ['(metric1 >= 30)', { metric1: '30, 20, 0, 0' }, '1, 0, 0, 0'],
  ['(metric1 > 15 AND metric2 > 15)', { metric1: '30, 20, 0, 0', metric2: '20, -, 20, -' }, '1, 0, 0, 0'],
  [
    'IF(metric1, metric2, metric3)',
    { metric1: '1, 1, 0, 0, -', metric2: '30, -, 0, 0, 30', metric3: '0, 0, 20, -, 20' },
    '30, 0, 20, -, -',
  ],
  ['IF(metric1, 5, metric3)', { metric1: '1, 1, 0, 0, -', metric3: '0, 0, 20, -, 20' }, '5, 5, 20, -, -'],
  ['IF(metric1, metric2, 5)', { metric1: '1, 1, 0, 0, -', metric2: '30, -, 0, 0, 30' }, '30, 0, 5, 5, -'],
  ['IF(metric1 < 400, metric1)', { metric1: '399, 400, -' }, '399, -, -'],
  ['IF(metric1 < 400, 10, 2)', { metric1: '399, 400, -' }, '10, 2, -'],
  ['m1 + m2', { m1: '1, -, 3, -', m2: '10, 20, -, -' }, '11, 20, 3, -'],
  ['m1 / m2', { m1: '1, 4', m2: '0, 2' }, '-, 2'],
  ['-5 * m1', { m1: '1, -' }, '-5, -'],
  ['m1 / PERIOD(m1)', { m1: '120, 60' }, '2, 1'],
  ['FILL(m1, 10)', { m1: '1, -, 3' }, '1, 10, 3'],
  ['FILL(m1, MIN(m1))', { m1: '5, -, 3' }, '5, 3, 3'],
  ['FILL(m1, REPEAT)', { m1: '-, 1, -, -, 4' }, '-, 1, 1, 1, 4'],
  ['FILL(m1, LINEAR)', { m1: '-, 1, -, -, 4, -' }, '-, 1, 2, 3, 4, -'],
  ['SUM(METRICS())', { m1: '1, 2, -', m2: '10, -, -' }, '11, 2, -'],
  ['SUM(METRICS("errors"))', { errors1: '1', errors2: '2', requests: '10' }, '3'],
  ['AVG([m1, m2])', { m1: '1, 2', m2: '3, -' }, '2, 1'],
  ['MAX(m1) / m1', { m1: '1, 4, -' }, '4, 1, -'],
  ['m1 - MIN(m1)', { m1: '3, 5' }, '0, 2'],
  ['RATE(m1)', { m1: '0, 60, -, 300' }, '-, 1, -, 2'],
  ['DIFF(m1)', { m1: '1, 4, -, 2' }, '-, 3, -, -2'],
  ['RUNNING_SUM(m1)', { m1: '1, -, 2' }, '1, -, 3'],
  ['TIME_SERIES(5 * MAX(m1))', { m1: '1, 2' }, '10, 10'],
  ['m1 / METRIC_COUNT(METRICS())', { m1: '4', m2: '0' }, '2'],
];

it.each(MATH)('%s of %o is %s', (expression, metrics, result) => {
  const given = Object.fromEntries(Object.entries(metrics).map(([id, text]) => [id, series(text)]));
  expect(compute(expression, { metrics: given, periodS: 60 })).toEqual(series(result));
});

it.each([
  ["SEARCH('{AWS/EC2}', 'Average', 300)", 'an alarm watches one series'],
  ['MAX(m1)', 'expected a series, got one number'],
  ['NOTHING(m1)', 'expected a function of metric math'],
  ['m1 + m9', 'expected the id of a metric or expression, got m9'],
])('%s is refused', (expression, why) => {
  expect(() => compute(expression, { metrics: { m1: [1] }, periodS: 60 })).toThrow(why);
});

/** "Suppressing composite alarm actions": examples 1 to 6. Wait 2 units, extension 3. Changes of composite and suppressor by time; then what is done, and when. */
const SUPPRESSED: readonly (readonly [
  claim: string,
  composite: Readonly<Record<number, string>>,
  suppressor: Readonly<Record<number, boolean>>,
  acts: readonly string[],
])[] = [
  ['acts when the wait is over and nothing suppresses', { 2: 'ALARM' }, {}, ['4 ALARM']],
  ['doesn’t act when the suppressor comes in time', { 2: 'ALARM' }, { 3: true }, []],
  ['waits anew after each change', { 2: 'ALARM', 3: 'OK' }, {}, ['5 OK']],
  ['doesn’t act while it is suppressed from the start', { 2: 'ALARM' }, { 0: true }, []],
  ['acts when the extension is over', { 2: 'ALARM' }, { 3: true, 6: false }, ['9 ALARM']],
  ['waits from its recovery within the extension', { 2: 'ALARM', 7: 'OK' }, { 3: true, 6: false }, ['9 OK']],
];

it.each(SUPPRESSED)('a composite alarm %s', (_, composite, suppressor, acts) => {
  const suppression = new Suppression({ waitS: 2, extensionS: 3 }, 'OK');
  let state = 'OK' as 'OK' | 'ALARM';
  let suppressing = false;
  const done: string[] = [];
  for (let time = 0; time < 12; time++) {
    state = (composite[time] as typeof state | undefined) ?? state;
    suppressing = suppressor[time] ?? suppressing;
    const act = suppression.at(time, state, suppressing);
    if (act) done.push(`${time} ${act}`);
  }
  expect(done).toEqual(acts);
});

/** "Alarm Mute Rules", "Example schedules for common use cases". A window's first minute and the first one after it. */
it.each([
  ['cron(0 2 * * SUN)', 'PT4H', undefined, '2026-11-29T02:00Z', '2026-11-29T06:00Z'],
  ['0 1 1 * *', 'PT6H', undefined, '2026-12-01T01:00Z', '2026-12-01T07:00Z'],
  ['0 18 * * FRI', 'P2DT12H', undefined, '2026-11-27T18:00Z', '2026-11-30T06:00Z'],
  ['0 23 * * *', 'PT2H', undefined, '2026-11-28T23:00Z', '2026-11-29T01:00Z'],
  ['at(2024-05-10T14:00)', 'PT4H', undefined, '2024-05-10T14:00Z', '2024-05-10T18:00Z'],
  ['0 2 * * 7', 'PT1H', 'Europe/London', '2026-07-05T01:00Z', '2026-07-05T02:00Z'],
])('%s for %s in %s mutes from %s to %s', (expression, duration, timezone, from, to) => {
  const [fromS, toS] = [Date.parse(from) / 1000, Date.parse(to) / 1000];
  const active = (timeS: number) =>
    windows({ expression, duration, timezone }, timeS, timeS).some((one) => one.fromS <= timeS && timeS < one.toS);
  expect([fromS - 1, fromS, toS - 1, toS].map(active)).toEqual([false, true, true, false]);
});

/** Runs alarms over fed metrics, step by step: which state each enters, and what it then tells. Judges nothing. */

import { type Band, COMPARISONS, type Datapoint, nextState, rangeOf, type State, samplesNeeded } from './evaluation';
import { compute } from './math';
import type { AnyAlarm, CompositeAlarm, Metric, MetricAlarm, Query, System } from './model';
import { windows } from './mute';
import { asked, ruleHolds } from './rule';
import { count, type Sample, statistic } from './samples';
import type { Series } from './series';
import { Suppression } from './suppression';

export interface Feed {
  readonly steps: number;
  readonly stepS: number;
  /** Since 1970. @default 0 */
  readonly startS?: number;
  /** What that alarm can see of the metric in that step, if anything. */
  readonly metric: (metric: Metric, alarm: MetricAlarm, step: number) => Sample | undefined;
  /** Upper and lower bound that an expression forecasts for that step. @default none: the model is still learning */
  readonly band?: (expression: string, step: number) => Band | undefined;
}

export interface Event {
  readonly alarm: string;
  /** The step at whose end it happened. */
  readonly step: number;
  readonly state: State;
  /** Empty for the change itself. */
  readonly tells: readonly string[];
}

type Watching = Query & { readonly metric: Metric };

/** A period ends with the step it is looked at: CloudWatch's windows slide unless an alarm asks for the clock's. */
function* metricStates(alarm: MetricAlarm, feed: Feed): Generator<State> {
  const { periods, periodS, threshold, result } = alarm;
  const { steps, stepS, metric, band } = feed;
  const perPeriod = Math.max(1, Math.round(periodS / stepS));
  const range = rangeOf(periods);
  const watching = alarm.queries.filter((query): query is Watching => query.metric !== undefined);
  const within = (all: readonly (Sample | undefined)[], end: number, length: number) =>
    all.slice(Math.max(0, end - length), end).filter((sample) => sample !== undefined);
  const published = watching.map((query) => {
    const all = Array.from({ length: steps }, (_, step) => metric(query.metric, alarm, step));
    const values = all.map((_, step) => statistic(query.metric, within(all, step + 1, perPeriod)));
    return { id: query.id, all, values, needed: alarm.ignoresFewSamples ? samplesNeeded(query.metric.statistic) : 0 };
  });
  const few = (step: number) =>
    published.some(({ needed, all }) => needed > 0 && count(within(all, step + 1, periods * perPeriod)) < needed);
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
  /** Nothing new to compute: most steps of a scenario look like the one before. */
  const same = (looks: readonly number[]) =>
    typeof threshold === 'number' &&
    published.every(({ values }) => looks.every((look) => look > 0 && values[look] === values[look - 1]));

  let state: State = 'INSUFFICIENT_DATA';
  let points: readonly Datapoint[] = [];
  for (let step = 0; step < steps; step++) {
    const looks = Array.from({ length: range }, (_, index) => step - (range - 1 - index) * perPeriod);
    if (!same(looks)) points = judge(looks);
    if (!few(step)) state = nextState(points, alarm, state);
    yield state;
  }
}

/** Those a composite asks come before it. */
function ordered(composites: readonly CompositeAlarm[]): readonly CompositeAlarm[] {
  const done: CompositeAlarm[] = [];
  const add = (alarm: CompositeAlarm, above: readonly string[]) => {
    if (done.includes(alarm) || above.includes(alarm.key)) return;
    for (const name of [...asked(alarm.rule), alarm.suppressor])
      for (const one of composites) if (one.key === name) add(one, [...above, alarm.key]);
    done.push(alarm);
  };
  for (const alarm of composites) add(alarm, []);
  return done;
}

/** Changes and messages in order of time. Every alarm starts without data, as CloudWatch's do. */
export function simulate({ alarms, mutes }: System, feed: Feed): readonly Event[] {
  const { steps, stepS, startS = 0 } = feed;
  const states = new Map<string, State>(alarms.map(({ key }) => [key, 'INSUFFICIENT_DATA']));
  const metricAlarms = alarms
    .filter((alarm) => alarm.kind === 'metric')
    .map((alarm) => [alarm, [...metricStates(alarm, feed)]] as const);
  const composites = ordered(alarms.filter((alarm) => alarm.kind === 'composite'));
  const suppressions = new Map(composites.map((alarm) => [alarm.key, new Suppression(alarm, 'INSUFFICIENT_DATA')]));
  const muted = mutes.flatMap((mute) =>
    windows(mute.schedule, startS, startS + steps * stepS).map((window) => ({ ...window, alarms: mute.alarms })),
  );
  const held = new Map<string, State>();
  const events: Event[] = [];

  const enter = (alarm: AnyAlarm, step: number, state: State): boolean => {
    if (states.get(alarm.key) === state) return false;
    states.set(alarm.key, state);
    events.push({ alarm: alarm.key, step, state, tells: [] });
    return true;
  };
  const tell = (alarm: AnyAlarm, step: number, state: State) => {
    const now = startS + (step + 1) * stepS;
    if (muted.some((window) => window.fromS <= now && now < window.toS && window.alarms.includes(alarm.key))) {
      held.set(alarm.key, state);
      return;
    }
    held.delete(alarm.key);
    const tells = alarm.actions[state];
    if (tells.length > 0) events.push({ alarm: alarm.key, step, state, tells });
  };

  for (let step = 0; step < steps; step++) {
    for (const [alarm, all] of metricAlarms) {
      const state = all[step] ?? 'INSUFFICIENT_DATA';
      if (enter(alarm, step, state)) tell(alarm, step, state);
    }
    for (const alarm of composites) {
      const state: State = ruleHolds(alarm.rule, (name) => states.get(name) ?? 'INSUFFICIENT_DATA') ? 'ALARM' : 'OK';
      enter(alarm, step, state);
      const suppressing = alarm.suppressor !== undefined && states.get(alarm.suppressor) === 'ALARM';
      const act = suppressions.get(alarm.key)?.at((step + 1) * stepS, state, suppressing);
      if (act) tell(alarm, step, act);
    }
    for (const alarm of alarms) {
      const state = held.get(alarm.key);
      if (state === undefined) continue;
      if (state === states.get(alarm.key))
        tell(alarm, step, state); // once the window is over
      else held.delete(alarm.key);
    }
  }
  return events;
}

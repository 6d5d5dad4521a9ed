/** Runs alarms over fed metrics, step by step: which state each enters, and what it then tells. Judges nothing. */
import type { State } from './evaluation';
import { type Feed, metricStates } from './metric-states';
import type { AnyAlarm, CompositeAlarm, System } from './model';
import { windows } from './mute';
import { asked, ruleHolds } from './rule';
import { Suppression } from './suppression';

export interface Event {
  readonly alarm: string;
  /** The step at whose end it happened. */
  readonly step: number;
  readonly state: State;
  /** Empty for the change itself. */
  readonly tells: readonly string[];
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
    .map((alarm) => [alarm, metricStates(alarm, feed)] as const);
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

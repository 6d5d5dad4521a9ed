/** What is fed to the alarms of rows made of several: burn rates and alerts put together. Runs nothing. */
import type { State } from './engine/evaluation';
import type { Burning, Together } from './promises';
import { type Heard, NOTHING, type Pace, type Scenario, type Step, silenced, times } from './scenarios';
import type { World } from './worlds';

/** Shares in both windows are sums over sliding minutes, each with as many requests. */
export function burning(promised: Burning, world: World, { quietSteps }: Pace): readonly Scenario[] {
  const { most, longMinutes, shortMinutes, silencedBy } = promised;
  const { healthy, broken } = world;
  const share = (window: number, bad: number, worse: number) =>
    (Math.min(bad, window) * worse + Math.max(0, window - bad) * healthy) / window;
  const first = (worse: number) => {
    const minutes = times(longMinutes, 0).findIndex((_, index) =>
      [longMinutes, shortMinutes].every((window) => share(window, index + 1, worse) > most),
    );
    return minutes;
  };
  const over = times(shortMinutes, 0).findIndex(
    (_, index) => share(shortMinutes, shortMinutes - 1 - index, broken) <= most,
  );
  const warm = times<Step>(longMinutes, healthy);
  const burnt = times<Step>(longMinutes, broken);
  const from = (state: State, step: number): Heard => ({ state, from: step, to: step + quietSteps });
  const alarms = (worse: number) => [from('ALARM', longMinutes + first(worse))];
  return [
    { name: 'healthy', steps: [...warm, ...warm], heard: NOTHING },
    { name: 'just within', steps: [...warm, ...times<Step>(longMinutes, 0.99 * most)], heard: NOTHING },
    { name: 'just beyond', steps: [...warm, ...times<Step>(2 * longMinutes, 1.01 * most)], heard: alarms(1.01 * most) },
    {
      name: 'broken, then recovering',
      steps: [...warm, ...burnt, ...warm],
      heard: [...alarms(broken), from('OK', 2 * longMinutes + over)],
    },
    {
      name: 'broken for too short a time',
      steps: [...warm, ...times<Step>(first(broken), broken), ...warm],
      heard: NOTHING,
    },
    { name: 'missing', steps: [...warm, ...times<Step>(longMinutes, 'silence')], heard: NOTHING },
    { name: 'just created', steps: [...times<Step>(longMinutes, 'silence'), ...warm], heard: NOTHING },
    { name: 'too few to judge', steps: [...warm, ...times<Step>(longMinutes, 'too few')], heard: NOTHING },
    ...silenced(silencedBy, [...warm, ...burnt]),
  ];
}

/** `toAlarm`: steps that each of them takes, by name. Steps are 1 where what is put together breaks, 0 where it is healthy. */
export function together(
  promised: Together,
  toAlarm: Readonly<Record<string, number>>,
  { quietSteps }: Pace,
): readonly Scenario[] {
  const { of, alerts } = promised;
  const each = alerts.map((name) => toAlarm[name] ?? 0);
  const [fastest, slowest] = [Math.min(...each), Math.max(...each)];
  const long = 2 * slowest + 6;
  const steps = [...times<Step>(long, 0), ...times<Step>(long, 1)];
  const at = (last: number): readonly Heard[] => [
    { state: 'ALARM', from: long + last - 1, to: long + last - 1 + quietSteps },
  ];
  return [
    { name: 'healthy', steps: times<Step>(2 * long, 0), heard: NOTHING },
    { name: 'all broken', steps, heard: at(of === 'all' ? slowest : fastest) },
    ...alerts.map((name) => ({
      name: `all broken but ${name}`,
      steps,
      spared: [name],
      heard:
        of === 'all' ? NOTHING : at(Math.min(...alerts.filter((one) => one !== name).map((one) => toAlarm[one] ?? 0))),
    })),
    { name: 'just created', steps: times<Step>(long, 'silence'), heard: NOTHING },
    ...silenced(promised.silencedBy, steps),
  ];
}

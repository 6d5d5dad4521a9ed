/** What is fed to an alarm, and what somebody must then hear: from a promise, for every alarm the same list. Runs nothing. */
import type { Unit } from '../../../constructs/alerting/signal';
import { rangeOf, type State } from './engine/evaluation';
import type { Promised } from './promises';
import type { World } from './worlds';

/** In the world's unit; nothing is published at 'silence', and hardly anybody comes at 'too few'. */
export type Step = number | 'silence' | 'too few';

/** A message, between two steps from the scenario's first. */
export interface Heard {
  readonly state: State;
  readonly from: number;
  readonly to: number;
}

export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
  /** All that is heard, in order, but for the first OK. */
  readonly heard: readonly Heard[];
}

const PER: Readonly<Record<Unit, number>> = { percent: 1, count: 1, bytes: 1, seconds: 1, milliseconds: 1000 };
export const convert = (value: number, from: Unit, to: Unit): number => (value / PER[from]) * PER[to];

const times = <T>(count: number, ...values: readonly T[]): readonly T[] =>
  Array.from({ length: count }, () => values).flat();

/** The nearest value that still says something else: one for what is counted, a hundredth for what is measured. */
const near = ({ threshold, unit }: Promised) => (unit === 'count' ? 1 : Math.abs(threshold) / 100);

/** `stepMinutes`: how often the signal is published. `quietSteps`: how much later than its state a silenced alarm may tell. */
export function scenariosOf(
  promised: Promised,
  world: World,
  stepMinutes: number,
  quietSteps: number,
): readonly Scenario[] {
  const periods = promised.forMinutes / stepMinutes;
  const toAlarm = promised.datapoints ?? periods;
  const range = rangeOf(periods);
  const { missing, ends, threshold, unit } = promised;
  const worse = promised.comparison === 'above' ? 1 : -1;
  const line = convert(threshold, unit, world.unit);
  const step = convert(near(promised), unit, world.unit);
  const { healthy, broken } = world;
  const safe = Math.max(0, line - worse * step);

  const long = 2 * periods + 6;
  const warm = times<Step>(long, healthy);
  const from = (state: State, earliest: number, latest = earliest): Heard => ({
    state,
    from: earliest,
    to: latest + quietSteps,
  });
  const end = (heard: Heard): readonly Heard[] => (ends ? [heard] : []);
  const nothing: readonly Heard[] = [];
  const breaking = (value: number) => ({
    steps: [...warm, ...times<Step>(long, value), ...times<Step>(long, healthy)],
    heard: [from('ALARM', long + toAlarm - 1), ...end(from('OK', 2 * long + periods - toAlarm))],
  });
  const silent = [...warm, ...times<Step>(range + long, 'silence'), ...warm];
  const scattered = [...times<Step>(toAlarm - 1, broken, healthy), ...times<Step>(long, broken)];
  const recent = (index: number) =>
    scattered.slice(Math.max(0, index - periods + 1), index + 1).filter((value) => value === broken).length;

  const ofSilence: Readonly<Record<Promised['missing'], readonly Heard[]>> = {
    notBreaching: nothing,
    ignore: nothing,
    missing: [
      from('INSUFFICIENT_DATA', long + periods - 1, long + range),
      from('OK', 2 * long + range, 2 * long + range + periods),
    ],
  };

  return [
    { name: 'healthy', steps: times(3, ...warm), heard: nothing },
    { name: 'on the line', steps: [...warm, ...times<Step>(long, line)], heard: nothing },
    { name: 'just within', steps: [...warm, ...times<Step>(long, safe)], heard: nothing },
    { name: 'just beyond', ...breaking(line + worse * step) },
    { name: 'broken, then recovering', ...breaking(broken) },
    {
      name: 'broken for too short a time',
      steps: [...warm, ...times<Step>(toAlarm - 1, broken), ...warm],
      heard: nothing,
    },
    {
      name: 'flapping',
      steps: [
        ...warm,
        ...times(4, ...times<Step>(toAlarm - 1, broken), ...times<Step>(periods - toAlarm + 1, healthy)),
      ],
      heard: nothing,
    },
    {
      name: 'broken now and then',
      steps: [...warm, ...scattered],
      heard: [from('ALARM', long + scattered.findIndex((_, index) => recent(index) >= toAlarm))],
    },
    { name: 'sparse', steps: times<Step>(2 * long, healthy, 'silence'), heard: nothing },
    { name: 'missing', steps: silent, heard: ofSilence[missing] },
    {
      name: 'just created',
      steps: [...times<Step>(long, 'silence'), ...warm],
      heard: nothing,
    },
    {
      name: 'broken since it was created',
      steps: times<Step>(long, broken),
      heard: [from('ALARM', toAlarm - 1)],
    },
    ...(world.tooFew
      ? [{ name: 'too few to judge', steps: [...warm, ...times<Step>(long, 'too few')], heard: nothing }]
      : []),
  ];
}

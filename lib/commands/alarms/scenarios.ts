/** What is fed to the alarms of a row that watches a signal, and what somebody must then hear. For every row the same list; runs nothing. */
import type { Unit } from '../../../constructs/alerting/signal';
import { type Band, rangeOf, type State } from './engine/evaluation';
import type { Crossing, Leaving } from './promises';
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
  /** Of the row's own signal, or of all the signals of the alerts it puts together. */
  readonly steps: readonly Step[];
  /** All that is heard, in order, but for the first OK. */
  readonly heard: readonly Heard[];
  /** An alert that breaks at the same steps. @default all others stay healthy */
  readonly cause?: string;
  /** Alerts put together that stay healthy. @default none of them */
  readonly spared?: readonly string[];
  /** So many steps from the first on, nobody may be told. @default none */
  readonly muted?: number;
  /** Whether the forecast isn't there yet. */
  readonly learning?: true;
}

/** How often the signal is published; how much later than its state a silenced alarm may tell. */
export interface Pace {
  readonly stepMinutes: number;
  readonly quietSteps: number;
}

const PER = { percent: 1, count: 1, bytes: 1, seconds: 1, milliseconds: 1e3, microseconds: 1e6 } as const;
export const convert = (value: number, from: Unit, to: keyof typeof PER): number => (value / PER[from]) * PER[to];

export const times = <T>(count: number, ...values: readonly T[]): readonly T[] =>
  Array.from({ length: count }, () => values).flat();

export const NOTHING: readonly Heard[] = [];

/** The nearest value that still says something else: one for what is counted, a hundredth for what is measured. */
const near = ({ threshold, unit }: Crossing) => (unit === 'count' ? 1 : Math.abs(threshold) / 100);

/** What is usual, so many standard deviations wide. */
export const bandOf = ({ healthy, deviation = 0 }: World, width: number): Band => ({
  lower: healthy - width * deviation,
  upper: healthy + width * deviation,
});

export function crossing(promised: Crossing, world: World, { stepMinutes, quietSteps }: Pace): readonly Scenario[] {
  const { missing, ends, threshold, unit, silencedBy } = promised;
  const periods = promised.forMinutes / stepMinutes;
  const toAlarm = promised.datapoints ?? periods;
  const range = rangeOf(periods);
  const worse = promised.comparison === 'above' ? 1 : -1;
  const line = convert(threshold, unit, world.unit);
  const step = convert(near(promised), unit, world.unit);
  const { healthy, broken } = world;

  const long = 2 * periods + 6;
  const warm = times<Step>(long, healthy);
  const from = (state: State, earliest: number, latest = earliest): Heard => ({
    state,
    from: earliest,
    to: latest + quietSteps,
  });
  const breaking = (value: number) => ({
    steps: [...warm, ...times<Step>(long, value), ...warm],
    heard: [from('ALARM', long + toAlarm - 1), ...(ends ? [from('OK', 2 * long + periods - toAlarm)] : [])],
  });
  const scattered = [...times<Step>(toAlarm - 1, broken, healthy), ...times<Step>(long, broken)];
  const recent = (index: number) =>
    scattered.slice(Math.max(0, index - periods + 1), index + 1).filter((value) => value === broken).length;
  const back = 2 * long + range;
  const ofSilence = [from('INSUFFICIENT_DATA', long + periods - 1, long + range), from('OK', back, back + periods)];
  const short = times<Step>(toAlarm - 1, broken);

  const ofEach: readonly Scenario[] = [
    { name: 'healthy', steps: times(3, ...warm), heard: NOTHING },
    { name: 'on the line', steps: [...warm, ...times<Step>(long, line)], heard: NOTHING },
    { name: 'just within', steps: [...warm, ...times<Step>(long, Math.max(0, line - worse * step))], heard: NOTHING },
    { name: 'just beyond', ...breaking(line + worse * step) },
    { name: 'broken, then recovering', ...breaking(broken) },
    { name: 'broken for too short a time', steps: [...warm, ...short, ...warm], heard: NOTHING },
    {
      name: 'flapping',
      steps: [...warm, ...times(4, ...short, ...times<Step>(periods - toAlarm + 1, healthy))],
      heard: NOTHING,
    },
    {
      name: 'broken now and then',
      steps: [...warm, ...scattered],
      heard: [from('ALARM', long + scattered.findIndex((_, index) => recent(index) >= toAlarm))],
    },
    {
      name: 'in a maintenance window that ends first',
      steps: [...warm, ...times<Step>(long, broken)],
      muted: long + toAlarm + 4,
      heard: [from('ALARM', long + toAlarm + 3)],
    },
    { name: 'in a maintenance window', steps: breaking(broken).steps, muted: 3 * long, heard: NOTHING },
    { name: 'sparse', steps: times<Step>(2 * long, healthy, 'silence'), heard: NOTHING },
    {
      name: 'missing',
      steps: [...warm, ...times<Step>(range + long, 'silence'), ...warm],
      heard: missing === 'missing' ? ofSilence : NOTHING,
    },
    { name: 'just created', steps: [...times<Step>(long, 'silence'), ...warm], heard: NOTHING },
    { name: 'broken since it was created', steps: times<Step>(long, broken), heard: [from('ALARM', toAlarm - 1)] },
  ];
  const few: Scenario = { name: 'too few to judge', steps: [...warm, ...times<Step>(long, 'too few')], heard: NOTHING };
  if (world.zeroIsSilence)
    return ofEach.filter(({ steps }) => steps.every((value) => value !== broken && value !== line + worse * step));
  return [...ofEach, ...(world.tooFew ? [few] : []), ...silenced(silencedBy, [...warm, ...times<Step>(long, broken)])];
}

/** While the cause alarms too, nobody hears of the symptom. */
export const silenced = (cause: string | undefined, steps: readonly Step[]): readonly Scenario[] =>
  cause === undefined ? [] : [{ name: `broken together with ${cause}`, steps, cause, heard: NOTHING }];

/** Each side of the band is a line; what silence is worth depends on the signal. */
export function leaving(promised: Leaving, world: World, pace: Pace): readonly Scenario[] {
  const { lower, upper } = bandOf(world, promised.width);
  const side = (comparison: 'above' | 'below', threshold: number, broken: number) =>
    promised.outside === 'band' || promised.outside === comparison
      ? crossing({ ...promised, kind: 'crossing', comparison, threshold, unit: world.unit }, { ...world, broken }, pace)
          .filter(({ name }) => !['missing', 'sparse', 'just created'].includes(name))
          .map((scenario) => ({ ...scenario, name: `${scenario.name}, ${comparison}` }))
      : [];
  const long = 2 * promised.forMinutes;
  const after = long + (promised.datapoints ?? promised.forMinutes) - 1;
  const nobody: Scenario = {
    name: 'nobody comes',
    steps: [...times<Step>(long, world.healthy), ...times<Step>(long, 'silence')],
    heard: [{ state: 'ALARM', from: after, to: after + pace.quietSteps }],
  };
  return [
    ...side('above', upper, world.broken),
    ...side('below', lower, world.brokenBelow ?? 0),
    ...(world.silenceIsZero && promised.outside !== 'above' ? [nobody] : []),
    { name: 'just created', steps: times<Step>(long, world.broken), learning: true, heard: NOTHING },
  ];
}

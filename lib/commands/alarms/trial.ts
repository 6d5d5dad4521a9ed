/** One alarm that tells somebody, ready to be fed scenarios: with all that its state depends on, and what is published to each part. Judges nothing. */
import { ConfigError } from '../../config/config-error';
import { resourceAt, type Stack } from '../assembly';
import type { AnyAlarm, Metric, MetricAlarm, System } from './engine/model';
import { asked } from './engine/rule';
import type { Sample } from './engine/samples';
import { type Event, simulate } from './engine/simulate';
import { type Promised, promiseOf } from './promises';
import { publishedAs, unseen } from './published';
import { bandOf, convert, crossing, leaving, type Pace, type Scenario, type Step } from './scenarios';
import { burning, together } from './scenarios-of-composites';
import { WORLDS, type World } from './worlds';

/** Something is new and not yet known here: the alarm can't be judged until its row is added. */
export class Lacking extends Error {}

export interface Trial {
  readonly promised: Promised;
  /** The alarm, its parts and what silences it. */
  readonly system: System;
  readonly stepMinutes: number;
  readonly scenarios: readonly Scenario[];
  /** Changes and messages of all of them. */
  readonly run: (scenario: Scenario) => readonly Event[];
}

/** What a composite is told to wait for its cause; see constructs/alerting/alarms.ts. */
const QUIET_MINUTES = 3;

/** With all that its state depends on. */
function closure({ alarms, mutes }: System, first: AnyAlarm): System {
  const found = new Set<AnyAlarm>();
  const add = (alarm: AnyAlarm | undefined) => {
    if (!alarm || found.has(alarm)) return;
    found.add(alarm);
    if (alarm.kind === 'composite')
      for (const key of [...asked(alarm.rule), alarm.suppressor]) add(alarms.find((one) => one.key === key));
  };
  add(first);
  return { alarms: [...found], mutes: mutes.filter((mute) => mute.alarms.some((key) => key === first.key)) };
}

/** What is published of a metric while the alarm's signal is as `step` says. */
function published(alarm: MetricAlarm, metric: Metric, world: World, step: Step | undefined): readonly Sample[] {
  const { unit, events } = publishedAs(metric) ?? {};
  if (!unit || step === undefined || step === 'silence') return [];
  const only = alarm.queries.find((query) => query.metric)?.metric?.name ?? '';
  const reading =
    step === 'too few' ? world.tooFew : (world.reads?.(step) ?? { [only]: convert(step, world.unit, unit) });
  const value = reading?.[metric.name];
  if (value === undefined || typeof value === 'object') return value ?? [];
  return [events && value > 0 ? { value: 1, samples: value } : { value, samples: 1 }];
}

/** The same samples for the same step again. */
function keeping(): typeof published {
  const known = new Map<Metric, Map<Step | undefined, readonly Sample[]>>();
  return (alarm, metric, world, step) => {
    const ofMetric = known.get(metric) ?? new Map<Step | undefined, readonly Sample[]>();
    known.set(metric, ofMetric);
    const samples = ofMetric.get(step) ?? published(alarm, metric, world, step);
    ofMetric.set(step, samples);
    return samples;
  };
}

const periodsOf = (promised: Promised | undefined) =>
  promised?.kind === 'crossing' || promised?.kind === 'leaving' ? (promised.datapoints ?? promised.forMinutes) : 0;

const signalOf = (promised: Promised | undefined) => (promised && 'signal' in promised ? promised.signal : '');

function scenariosOf(
  promised: Promised,
  promises: readonly Promised[],
  world: World | undefined,
  pace: Pace,
): readonly Scenario[] {
  if (promised.kind === 'together') {
    const toAlarm = Object.fromEntries(promises.map((one) => [one.name, periodsOf(one)]));
    return together(promised, toAlarm, pace);
  }
  if (!world) return [];
  if (promised.kind === 'burning') return burning(promised, world, pace);
  return promised.kind === 'leaving' ? leaving(promised, world, pace) : crossing(promised, world, pace);
}

/** As wide as the template asks; CloudWatch's own width is 2. */
const widthOf = (expression: string) => Number(/ANOMALY_DETECTION_BAND\(\w+, *([\d.]+)\)/.exec(expression)?.[1] ?? 2);

/** With a mute rule for the first minutes, as constructs/alerting/maintenance.ts makes one. */
const mutedFor = ({ alarms, mutes }: System, { key }: AnyAlarm, minutes: number): System => ({
  alarms,
  mutes:
    minutes === 0
      ? mutes
      : [...mutes, { alarms: [key], schedule: { expression: 'at(1970-01-01T00:00)', duration: `PT${minutes}M` } }],
});

/** Throws Lacking, or a ConfigError for an alarm that could never see its metric. */
export function trialOf(
  stacks: readonly Stack[],
  whole: System,
  alarm: AnyAlarm,
  promises: readonly Promised[],
): Trial {
  const promised = promiseOf(promises, alarm.key);
  if (!promised) throw new Lacking('a row of lib/alerts with its name');
  const system = closure(whole, alarm);
  const promiseAt = new Map(system.alarms.map((one) => [one.key, promiseOf(promises, one.key)]));
  const own = system.alarms
    .filter((one) => one.kind === 'metric')
    .filter(({ key }) => {
      const name = promiseAt.get(key)?.name ?? '';
      return promised.kind === 'together' ? promised.alerts.includes(name) : name === promised.name;
    });
  const lacking = own.map(({ key }) => signalOf(promiseAt.get(key))).find((signal) => !WORLDS[signal]);
  if (lacking !== undefined) throw new Lacking(`${lacking} in lib/commands/alarms/worlds.ts`);
  const watched = own.flatMap(({ queries, region }) =>
    queries.flatMap(({ metric }) => (metric ? [{ metric, region }] : [])),
  );
  for (const { metric, region } of watched) {
    if (!publishedAs(metric))
      throw new Lacking(`${metric.namespace} ${metric.name} in lib/commands/alarms/published.ts`);
    const why = unseen(metric, region, (key) => resourceAt(stacks, key)?.stack.region);
    if (why) throw new ConfigError(why);
  }
  const stepMinutes = Math.max(...watched.map(({ metric }) => publishedAs(metric)?.everyMinutes ?? 1));
  const pace = { stepMinutes, quietSteps: promised.silencedBy ? QUIET_MINUTES / stepMinutes : 0 };
  const world = WORLDS[signalOf(promised)];
  const isThere = (cause: string) =>
    whole.alarms.some(({ key, region }) => region === alarm.region && promiseOf(promises, key)?.name === cause);

  const kept = keeping();
  const stepOf = (watcher: MetricAlarm, of: World, now: Step | undefined, { cause, spared = [] }: Scenario) => {
    const name = promiseAt.get(watcher.key)?.name ?? '';
    const breaks = typeof now === 'number' && now !== (world?.healthy ?? 0);
    if (!own.includes(watcher)) return breaks && name === cause ? of.broken : of.healthy;
    if (promised.kind !== 'together' || typeof now !== 'number') return now;
    return breaks && !spared.includes(name) ? of.broken : of.healthy;
  };
  return {
    promised,
    system,
    stepMinutes,
    scenarios: scenariosOf(promised, promises, world, pace).filter(
      ({ cause }) => cause === undefined || isThere(cause),
    ),
    run: (scenario) =>
      simulate(mutedFor(system, alarm, (scenario.muted ?? 0) * stepMinutes), {
        steps: scenario.steps.length,
        stepS: stepMinutes * 60,
        metric: (metric, watcher, step) => {
          const of = WORLDS[signalOf(promiseAt.get(watcher.key))];
          return of ? kept(watcher, metric, of, stepOf(watcher, of, scenario.steps[step], scenario)) : [];
        },
        band: (expression, step) =>
          world && step >= 0 && !scenario.learning ? bandOf(world, widthOf(expression)) : undefined,
      }),
  };
}

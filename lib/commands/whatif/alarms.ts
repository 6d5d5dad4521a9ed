/** Which alarms a loss sets off, by the evaluator that judges them: each is fed its signal going bad, or silent, for as long as it does. */
import type { AnyAlarm } from '../alarms/engine/model';
import { asked } from '../alarms/engine/rule';
import { toldBy } from '../alarms/judge';
import { type Promised, promiseOf, promisesOf } from '../alarms/promises';
import { systemOf as alarmsOf, isPart } from '../alarms/read';
import { type Step, times } from '../alarms/scenarios';
import { trialOf } from '../alarms/trial';
import { WORLDS } from '../alarms/worlds';
import type { Resource } from '../assembly';
import { isGlobal } from './graph';
import type { Symptom } from './hurt';
import { ofType, type Parts } from './parts';

export interface Fired {
  readonly name: string;
  readonly severity: string;
  /** Since the loss. */
  readonly afterMinutes: number;
  readonly region: string;
}

/** Resources whose metrics it looks at, itself or by the alarms that it puts together. */
const watched = (alarm: AnyAlarm, alarms: readonly AnyAlarm[]): readonly string[] =>
  alarm.kind === 'metric'
    ? alarm.queries.flatMap(({ metric }) => Object.values(metric?.dimensions ?? {}))
    : asked(alarm.rule).flatMap((key) =>
        alarms.filter((one) => one.key === key).flatMap((one) => watched(one, alarms)),
      );

/** What is fed, by minute since the loss: silence wins over bad figures. Nothing where the alarm sees nothing of it. */
function fed(watching: readonly string[], promised: Promised, symptoms: readonly Symptom[]) {
  if (promised.kind === 'leaving' || promised.kind === 'together') return undefined;
  const world = WORLDS[promised.signal];
  if (!world) return undefined;
  const silent = symptoms.find(
    ({ silent: key }) => key !== undefined && watching.some((value) => value.startsWith(key)),
  );
  if (silent) return { name: 'silence', at: (): Step => 'silence', minutes: silent.minutes, world };
  const bad = symptoms.filter(({ signal }) => signal === promised.signal).sort((a, b) => b.minutes - a.minutes)[0];
  if (!bad) return undefined;
  const value = world.zeroIsSilence ? 'silence' : world.broken;
  const at = (minute: number): Step => (bad.rises ? 60 * minute : value);
  return { name: bad.rises ? 'rises' : 'bad', at, minutes: bad.minutes, world };
}

/** Steps in which an alarm may still speak of what has just ended. */
const LATE = 3;

const longest = (promised: Promised) =>
  promised.kind === 'burning' ? promised.longMinutes : promised.kind === 'together' ? 0 : promised.forMinutes;

interface Evaluator {
  readonly after: (alarm: AnyAlarm, symptoms: readonly Symptom[]) => number | undefined;
  readonly alarms: readonly AnyAlarm[];
  readonly promised: (alarm: AnyAlarm) => Promised | undefined;
}

function evaluatorOf({ graph, config }: Parts): Evaluator {
  const system = alarmsOf(graph.stacks);
  const promises = promisesOf(config);
  const trials = new Map<string, ReturnType<typeof trialOf>>();
  const answers = new Map<string, number | undefined>();
  const alarms = system.alarms.filter((alarm) => alarm.actions.ALARM.length > 0 && !isPart(alarm));
  const promised = (alarm: AnyAlarm) => promiseOf(promises, alarm.key);
  return {
    alarms,
    promised,
    after(alarm, symptoms) {
      const promise = promised(alarm);
      const seen = symptoms.filter(({ region = alarm.region }) => region === alarm.region);
      const given = promise && fed(watched(alarm, system.alarms), promise, seen);
      if (!promise || !given) return undefined;
      const causeSignal = promises.find(({ name }) => name === promise.silencedBy);
      const caused =
        causeSignal && 'signal' in causeSignal && seen.some(({ signal }) => signal === causeSignal.signal)
          ? causeSignal.name
          : undefined;
      const known = `${alarm.key} ${given.name} ${given.minutes} ${caused}`;
      if (answers.has(known)) return answers.get(known);
      const trial = trials.get(alarm.key) ?? trialOf(graph.stacks, system, alarm, promises);
      trials.set(alarm.key, trial);
      const warm = 2 * Math.ceil(longest(promise) / trial.stepMinutes) + 1;
      const lasting = Math.ceil(given.minutes / trial.stepMinutes);
      const steps: readonly Step[] = [
        ...times<Step>(warm, given.world.healthy),
        ...Array.from({ length: lasting }, (_, step) => given.at((step + 1) * trial.stepMinutes)),
        ...times<Step>(10, given.world.healthy),
      ];
      const events = trial.run({ name: 'loss', steps, heard: [], ...(caused !== undefined && { cause: caused }) });
      const first = events.find(
        ({ alarm: key, state, tells, step }) =>
          key === alarm.key && state !== 'OK' && tells.length > 0 && step >= warm && step <= warm + lasting + LATE,
      );
      const minutes = first && (first.step - warm + 1) * trial.stepMinutes;
      answers.set(known, minutes);
      return minutes;
    },
  };
}

const evaluators = new WeakMap<Parts, Evaluator>();

/** In order of time; once for a name, where several nodes have it. Alarms in `lost` regions say nothing. */
export function firedBy(parts: Parts, symptoms: readonly Symptom[], lost: readonly string[]): readonly Fired[] {
  const evaluator = evaluators.get(parts) ?? evaluatorOf(parts);
  evaluators.set(parts, evaluator);
  const fired = evaluator.alarms.flatMap((alarm): readonly Fired[] => {
    if (lost.includes(alarm.region)) return [];
    const name = evaluator.promised(alarm)?.name;
    const afterMinutes = evaluator.after(alarm, symptoms);
    if (name === undefined || afterMinutes === undefined) return [];
    const severity = [...new Set(alarm.actions.ALARM.map((key) => toldBy(parts.graph.stacks, alarm.region, key)))].join(
      ' and ',
    );
    return [{ name, severity, afterMinutes, region: alarm.region }];
  });
  const ordered = fired
    .filter(({ severity }) => !severity.startsWith('one server'))
    .sort((a, b) => a.afterMinutes - b.afterMinutes);
  return ordered.filter(({ name }, index) => ordered.findIndex((one) => one.name === name) === index);
}

/** AWS's own events, by the type that they are about. */
const EVENTS: Readonly<Record<string, string>> = {
  'AWS::RDS::DBInstance': 'aws.rds',
};

/** What says so without an alarm: events that a rule in the region forwards, notices of auto scaling, and AWS's Health. */
export function told(
  { graph, services, standby }: Parts,
  hit: readonly Resource[],
  lost: readonly string[],
): readonly string[] {
  const rules = ofType(graph, 'AWS::Events::Rule').filter(({ stack }) => !lost.includes(stack.region));
  const forwarded = (source: string, region: string) =>
    rules.some(
      ({ stack, properties }) =>
        stack.region === region && JSON.stringify(properties.EventPattern ?? '').includes(`"${source}"`),
    );
  const events = hit.flatMap(({ type, stack }) => {
    const source = EVENTS[type];
    return source && forwarded(source, stack.region) ? [`event of ${source}`] : [];
  });
  const notices = [...services, ...(standby?.services ?? [])]
    .filter(
      ({ template, groups }) =>
        hit.includes(template) && groups.some(({ properties }) => properties.NotificationConfigurations),
    )
    .filter(({ template }) => !lost.includes(template.stack.region))
    .map(() => 'notice of auto scaling');
  const regional =
    lost.length > 0 &&
    rules.some(({ properties }) => JSON.stringify(properties.EventPattern ?? '').includes('"aws.health"'));
  const health =
    regional && hit.some((resource) => !isGlobal(resource)) ? ['event of aws.health, in regions that are left'] : [];
  return [...new Set([...events, ...notices, ...health])];
}

/** Feeds an environment's alarms every scenario of the rows they stand for, and lists what they answer wrongly. Prints nothing. */
import type { Environment } from '../../config/environment';
import { resourceAt, type Stack } from '../diagrams/assembly';
import type { AnyAlarm, Metric, MetricAlarm, System } from './engine/model';
import { asked } from './engine/rule';
import type { Sample } from './engine/samples';
import { type Event, simulate } from './engine/simulate';
import { type Promised, promiseOf, promisesOf, type Told } from './promises';
import { publishedAs, unseen } from './published';
import { systemOf } from './read';
import { convert, type Heard, type Scenario, type Step, scenariosOf } from './scenarios';
import { WORLDS, type World } from './worlds';

export interface Judged {
  readonly alarm: AnyAlarm;
  readonly promised?: Promised;
  readonly scenarios: number;
  /** What is missing here before it can be judged. @default it was judged */
  readonly lacks?: string;
  /** Each names the scenario, what was expected and what came. */
  readonly faults: readonly string[];
}

/** What a composite is told to wait for its cause; see constructs/alerting/alarms.ts. */
const QUIET_MINUTES = 3;

/** With all that its state depends on. */
export function closure({ alarms, mutes }: System, first: AnyAlarm): System {
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

/** Who hears, by the key of a topic or scaling policy. */
function toldBy(stacks: readonly Stack[], region: string, key: string): Told | string {
  const resource = resourceAt(stacks, key);
  if (resource?.type === 'AWS::AutoScaling::ScalingPolicy') {
    const [step] = resource.properties.StepAdjustments as readonly { readonly ScalingAdjustment: number }[];
    const by = step?.ScalingAdjustment;
    return by === 1 ? 'one server more' : by === -1 ? 'one server fewer' : `a fleet changed by ${by}`;
  }
  const [, severity] = /\.Topics(Critical|Warning|Info)/.exec(key) ?? [];
  if (resource?.type !== 'AWS::SNS::Topic' || !severity) return `${key}, which is nobody's`;
  return resource.stack.region === region ? severity.toLowerCase() : `${key} in another region`;
}

/** What is published of a metric while the alarm's signal is as `step` says. */
function published(alarm: MetricAlarm, metric: Metric, world: World, step: Step | undefined): Sample | undefined {
  const { unit, events } = publishedAs(metric) ?? {};
  if (!unit || step === undefined || step === 'silence') return undefined;
  const reading =
    step === 'too few'
      ? world.tooFew
      : (world.reads?.(step) ?? {
          [alarm.queries.find((query) => query.metric)?.metric?.name ?? '']: convert(step, world.unit, unit),
        });
  const value = reading?.[metric.name];
  if (value === undefined) return undefined;
  return events ? { value: 1, samples: value } : { value, samples: 1 };
}

const minutes = (step: number, every: number) => `${(step + 1) * every} min`;
const said = (messages: readonly string[]) => messages.join(', then ') || 'silence';

function wrong(
  scenario: Scenario,
  heard: readonly Event[],
  told: (event: Event) => string,
  promised: Promised,
  every: number,
) {
  const messages = heard[0]?.state === 'OK' ? heard.slice(1) : heard;
  const fits = ({ state, from, to }: Heard, event: Event | undefined) =>
    event !== undefined &&
    event.state === state &&
    from <= event.step &&
    event.step <= to &&
    told(event) === promised.told;
  if (messages.length === scenario.heard.length && scenario.heard.every((one, index) => fits(one, messages[index])))
    return undefined;
  const expected = scenario.heard.map(
    ({ state, from, to }) =>
      `${promised.told} hears ${state} after ${minutes(from, every)}${to > from ? `–${minutes(to, every)}` : ''}`,
  );
  const got = messages.map((event) => `${told(event)} hears ${event.state} after ${minutes(event.step, every)}`);
  return `${scenario.name}: expected ${said(expected)}; got ${said(got)}`;
}

function judged(stacks: readonly Stack[], system: System, alarm: AnyAlarm, promises: readonly Promised[]): Judged {
  const promised = promiseOf(promises, alarm.key);
  if (!promised) return { alarm, scenarios: 0, lacks: 'a row of lib/alerts whose kind is known', faults: [] };
  const world = WORLDS[promised.signal];
  if (!world) return { alarm, promised, scenarios: 0, lacks: `${promised.signal} in worlds.ts`, faults: [] };
  const whole = closure(system, alarm);
  const metricAlarms = whole.alarms.filter((one) => one.kind === 'metric');
  const own = metricAlarms.filter((one) => promiseOf(promises, one.key)?.name === promised.name);
  const watched = own.flatMap(({ queries, region }) =>
    queries.flatMap(({ metric }) => (metric ? [{ metric, region }] : [])),
  );
  const regionOf = (key: string) => resourceAt(stacks, key)?.stack.region;
  const unknown = watched.find(({ metric }) => !publishedAs(metric))?.metric;
  if (unknown)
    return { alarm, promised, scenarios: 0, lacks: `${unknown.namespace} ${unknown.name} in published.ts`, faults: [] };
  const invisible = watched.flatMap(({ metric, region }) => unseen(metric, region, regionOf) ?? []);
  if (invisible.length > 0) return { alarm, promised, scenarios: 0, faults: [...new Set(invisible)] };

  const every = Math.max(...watched.map(({ metric }) => publishedAs(metric)?.everyMinutes ?? 1));
  const scenarios = scenariosOf(promised, world, every, promised.silencedBy ? QUIET_MINUTES / every : 0);
  const told = ({ tells }: Event) => [...new Set(tells.map((key) => toldBy(stacks, alarm.region, key)))].join(' and ');
  const faults = scenarios.flatMap((scenario) => {
    const events = simulate(whole, {
      steps: scenario.steps.length,
      stepS: every * 60,
      metric: (metric, watcher, step) => {
        if (own.includes(watcher)) return published(watcher, metric, world, scenario.steps[step]);
        const other = WORLDS[promiseOf(promises, watcher.key)?.signal ?? ''];
        return other && published(watcher, metric, other, other.healthy);
      },
    });
    const heard = events.filter((event) => event.alarm === alarm.key && event.tells.length > 0);
    return wrong(scenario, heard, told, promised, every) ?? [];
  });
  return { alarm, promised, scenarios: scenarios.length, faults };
}

/** Every alarm of the environment that tells somebody. */
export function judge(config: Environment, stacks: readonly Stack[]): readonly Judged[] {
  const system = systemOf(stacks);
  const promises = promisesOf(config);
  return system.alarms
    .filter(({ actions }) => !actions.ALARM.every((key) => /\.TopicsParts/.test(key)) || actions.ALARM.length === 0)
    .map((alarm) => judged(stacks, system, alarm, promises));
}

/** Feeds an environment's alarms every scenario of the rows they stand for, and lists what they answer wrongly. Prints nothing. */
import { ConfigError } from '../../config/config-error';
import type { Environment } from '../../config/environment';
import { resourceAt, type Stack } from '../assembly';
import type { AnyAlarm } from './engine/model';
import type { Event } from './engine/simulate';
import { promisesOf, type Told } from './promises';
import { isPart, systemOf } from './read';
import type { Heard, Scenario } from './scenarios';
import { Lacking, type Trial, trialOf } from './trial';

export interface Judged {
  readonly alarm: AnyAlarm;
  /** Keys of all the alarms that had a part in it. */
  readonly together: readonly string[];
  readonly scenarios: number;
  /** What isn't known here yet, so that it can't be judged. @default it was judged */
  readonly lacks?: string;
  /** Each names the scenario, what was expected and what came. */
  readonly faults: readonly string[];
}

/** Who hears, by the key of a topic or scaling policy. */
export function toldBy(stacks: readonly Stack[], region: string, key: string): Told | string {
  const resource = resourceAt(stacks, key);
  if (resource?.type === 'AWS::AutoScaling::ScalingPolicy') {
    const [step] = resource.properties.StepAdjustments as readonly { readonly ScalingAdjustment: number }[];
    const by = step?.ScalingAdjustment;
    return by === 1 ? 'one server more' : by === -1 ? 'one server fewer' : `a fleet changed by ${by}`;
  }
  const [, severity] = /\.(?:Topics(?=Critical|Warning|Info)|(?=RouterFailures))(\w+?)[0-9A-F]{8}$/.exec(key) ?? [];
  if (resource?.type !== 'AWS::SNS::Topic' || !severity) return `${key}, which is nobody's`;
  if (resource.stack.region !== region) return `${key} in another region`;
  return severity === 'RouterFailures' ? 'mail past the router' : severity.toLowerCase();
}

const minutes = (step: number, every: number) => `${(step + 1) * every} min`;
const said = (messages: readonly string[]) => messages.join(', then ') || 'silence';

function wrong(
  scenario: Scenario,
  heard: readonly Event[],
  told: (event: Event) => string,
  { promised, stepMinutes }: Trial,
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
      `${promised.told} hears ${state} after ${minutes(from, stepMinutes)}${to > from ? `–${minutes(to, stepMinutes)}` : ''}`,
  );
  const got = messages.map((event) => `${told(event)} hears ${event.state} after ${minutes(event.step, stepMinutes)}`);
  return `${scenario.name}: expected ${said(expected)}; got ${said(got)}`;
}

/** All that decides how an alarm answers, without what it is called and which server or node it watches. */
function likeness(
  { promised, stepMinutes, scenarios, system }: Trial,
  told: (keys: readonly string[]) => string,
): string {
  const alike = system.alarms.map((alarm) => ({
    ...alarm,
    description: '',
    actions: Object.entries(alarm.actions).map(([state, keys]) => [state, told(keys)]),
    ...(alarm.kind === 'metric' && {
      queries: alarm.queries.map(({ metric, ...query }) => ({
        ...query,
        metric: metric && { ...metric, dimensions: 0 },
      })),
    }),
  }));
  return system.alarms.reduce(
    (text, { key }, index) => text.replaceAll(key, `#${index}`),
    JSON.stringify([promised, stepMinutes, scenarios.map(({ name }) => name), alike]),
  );
}

/** By likeness: most alarms are the same for each node, and in each environment. */
const known = new Map<string, readonly string[]>();

function judged(alarm: AnyAlarm, trial: Trial, told: (keys: readonly string[]) => string): Judged {
  const like = likeness(trial, told);
  const faults =
    known.get(like) ??
    trial.scenarios.flatMap((scenario) => {
      const heard = trial.run(scenario).filter((event) => event.alarm === alarm.key && event.tells.length > 0);
      return wrong(scenario, heard, ({ tells }) => told(tells), trial) ?? [];
    });
  known.set(like, faults);
  return { alarm, together: trial.system.alarms.map(({ key }) => key), scenarios: trial.scenarios.length, faults };
}

/** Every alarm of the environment that tells somebody. */
export function judge(config: Environment, stacks: readonly Stack[]): readonly Judged[] {
  const system = systemOf(stacks);
  const promises = promisesOf(config);
  const told = (region: string) => (keys: readonly string[]) =>
    [...new Set(keys.map((key) => toldBy(stacks, region, key)))].join(' and ');
  return system.alarms
    .filter((alarm) => !isPart(alarm))
    .map((alarm) => {
      try {
        return judged(alarm, trialOf(stacks, system, alarm, promises), told(alarm.region));
      } catch (error) {
        const none = { alarm, together: [alarm.key], scenarios: 0 };
        if (error instanceof Lacking) return { ...none, lacks: error.message, faults: [] };
        if (!(error instanceof ConfigError)) throw error;
        return { ...none, faults: [error.message] };
      }
    });
}

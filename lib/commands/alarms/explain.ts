/** `npm run alarms -- explain NAME`: what an alert watches, in words, and what happens when it breaks and recovers. */
import type { Environment } from '../../config/environment';
import type { Stack } from '../assembly';
import { table } from '../markdown';
import type { Entry } from './catalogue';
import type { AnyAlarm } from './engine/model';
import { toldBy } from './judge';
import { promisesOf, rowOf } from './promises';
import { systemOf } from './read';
import type { Step } from './scenarios';
import { trialOf } from './trial';
import { howLong, query, silence, spaced, trigger } from './words';
import { WORLDS } from './worlds';

const EXAMPLE = /^(broken, then recovering|all broken)/;

/** What happens, by minutes from the scenario's start. */
export interface Moment {
  readonly minute: number;
  readonly what: string;
}

function example(config: Environment, stacks: readonly Stack[], alarm: AnyAlarm): readonly Moment[] {
  const { scenarios, stepMinutes, run, promised } = trialOf(stacks, systemOf(stacks), alarm, promisesOf(config));
  const scenario = scenarios.find(({ name }) => EXAMPLE.test(name));
  if (!scenario) return [];
  const signal = 'signal' in promised ? promised.signal : '';
  const unit = WORLDS[signal]?.unit ?? '';
  const fedAs = (value: Step) =>
    signal === ''
      ? `all it puts together is ${value === 0 ? 'well' : 'broken'}`
      : `${spaced(signal)} is ${value} ${unit} from now on`;
  const fed = scenario.steps.flatMap((value, step): readonly Moment[] =>
    value === scenario.steps[step - 1] ? [] : [{ minute: step * stepMinutes, what: fedAs(value) }],
  );
  const told = run(scenario).filter(({ alarm: key, tells }) => tells.length === 0 || key === alarm.key);
  const events = told.map(({ alarm: key, state, tells, step }) => ({
    minute: (step + 1) * stepMinutes,
    what:
      tells.length === 0
        ? `${key.replace(/[0-9A-F]{8}$/, '')} is ${state}`
        : `${tells.map((one) => toldBy(stacks, alarm.region, one)).join(', ')} hears ${state}`,
  }));
  return [...fed, ...events].sort((a, b) => a.minute - b.minute);
}

export function explanation(config: Environment, stacks: readonly Stack[], { promised, alarms }: Entry) {
  const row = rowOf(promised.name);
  const [first] = alarms;
  const { system } = first ? trialOf(stacks, systemOf(stacks), first, promisesOf(config)) : { system: { alarms: [] } };
  return {
    name: promised.name,
    environment: config.name,
    summary: row?.summary ?? 'Changes the number of servers; nobody is told.',
    severity: row?.severity ?? promised.told,
    runbook: row && `docs/runbooks/${row.runbook}.md`,
    alarms: alarms.map(({ key, region }) => `${key} in ${region}`),
    trigger: trigger(promised),
    during: howLong(promised),
    silence: silence(promised),
    silencedBy: promised.silencedBy,
    computed: system.alarms.flatMap((alarm) =>
      alarm.kind === 'composite'
        ? [`${alarm.key} = ${alarm.rule}${alarm.suppressor ? `, quiet while ${alarm.suppressor} alarms` : ''}`]
        : alarm.queries.map((one) => query(one, alarm.periodS)),
    ),
    example: first ? example(config, stacks, first) : [],
  };
}

export function explained(config: Environment, stacks: readonly Stack[], entry: Entry): string {
  const {
    name,
    summary,
    severity,
    runbook,
    alarms,
    computed,
    example: moments,
    ...rest
  } = explanation(config, stacks, entry);
  const facts = [
    ['severity', severity],
    ['triggered by', `${rest.trigger}, ${rest.during}`],
    ['silence is', rest.silence],
    ['silenced by', rest.silencedBy ?? 'nothing'],
    ['runbook', runbook ?? 'none'],
    ['alarms', alarms.join('; ')],
  ];
  const steps = moments.map(({ minute, what }) => [`${minute}`, what]);
  return [
    `${name} in ${config.name}: ${summary}`,
    table(['', ''], facts),
    'Computed from:',
    ...[...new Set(computed)].map((line) => `- ${line}`),
    'An example, as CloudWatch would evaluate it:',
    table(['minute', 'what happens'], steps),
  ].join('\n\n');
}

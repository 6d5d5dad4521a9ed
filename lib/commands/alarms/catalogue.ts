/** `npm run alarms`: every alert of an environment in a line. */
import type { Environment } from '../../config/environment';
import { ofType, references, type Stack } from '../assembly';
import { table } from '../markdown';
import type { AnyAlarm } from './engine/model';
import { type Promised, promiseOf, promisesOf, rowOf } from './promises';
import { isPart, systemOf } from './read';
import { howLong, silence, trigger } from './words';

/** An alert with the alarms that tell of it: several where there is one for each node. */
export interface Entry {
  readonly promised: Promised;
  readonly alarms: readonly AnyAlarm[];
}

/** Of alerts that the environment has, in the catalogue's order. */
export function entriesOf(config: Environment, stacks: readonly Stack[]): readonly Entry[] {
  const promises = promisesOf(config);
  const telling = systemOf(stacks).alarms.filter((alarm) => !isPart(alarm));
  return promises
    .map((promised) => ({ promised, alarms: telling.filter(({ key }) => promiseOf(promises, key) === promised) }))
    .filter(({ alarms }) => alarms.length > 0);
}

/** Who is subscribed to the topics that it acts on. */
function hearers(stacks: readonly Stack[], alarms: readonly AnyAlarm[]): string {
  const topics = new Set(alarms.flatMap(({ actions }) => actions.ALARM));
  const subscribed = ofType(stacks, 'AWS::SNS::Subscription').filter(({ stack, properties }) =>
    references(stacks, stack, properties.TopicArn).some((key) => topics.has(key)),
  );
  const named = subscribed.map(({ stack, properties }) =>
    typeof properties.Endpoint === 'string'
      ? properties.Endpoint
      : `${properties.Protocol} ${references(stacks, stack, properties.Endpoint)[0] ?? ''}`.replace(/[0-9A-F]{8}$/, ''),
  );
  return [...new Set(named)].join(', ') || 'nobody is subscribed';
}

const line = (stacks: readonly Stack[], { promised, alarms }: Entry) => {
  const row = rowOf(promised.name);
  const scales = promised.told.startsWith('one');
  return {
    name: promised.place ? `${promised.name}, ${promised.place}` : promised.name,
    alarms: alarms.length,
    severity: promised.place || !row ? promised.told : row.severity,
    trigger: trigger(promised),
    during: howLong(promised),
    silence: silence(promised),
    tells: scales ? 'the fleet' : hearers(stacks, alarms),
    runbook: row ? `docs/runbooks/${row.runbook}.md` : '–',
    silencedBy: promised.silencedBy ?? '–',
  };
};

export const catalogueJson = (config: Environment, stacks: readonly Stack[]): string =>
  JSON.stringify({ environment: config.name, alerts: entriesOf(config, stacks).map((entry) => line(stacks, entry)) });

export function catalogueText(config: Environment, stacks: readonly Stack[]): string {
  const lines = entriesOf(config, stacks).map((entry) => line(stacks, entry));
  const rows = lines.map(({ name, alarms, runbook, ...rest }) => [
    alarms > 1 ? `${name} ×${alarms}` : name,
    ...[
      rest.severity,
      rest.trigger,
      rest.during,
      rest.silence,
      rest.tells,
      runbook.replace('docs/runbooks/', ''),
      rest.silencedBy,
    ],
  ]);
  const heads = ['alert', 'severity', 'triggered by', 'for', 'silence is', 'tells', 'runbook', 'silenced by'];
  return `${table(heads, rows)}\n${lines.length} alerts of ${config.name}; the runbooks are in docs/runbooks.`;
}

/** `npm run alert`: tries the way from a topic to people, says what stands, and brings back what was put aside. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Known } from '../../../lambda/alert-router/incident';
import { Store } from '../../../lambda/alert-router/store';
import { publish } from '../../../lambda/aws';
import { environment } from '../../config';
import { routesOf } from '../../config/alert-channels';
import { type Deployed, deployed } from './deployed';
import { type AlertOptions, alertOptions } from './options';
import { replay } from './replay';

/** Longer than the queue gathers messages, and a channel is tried. */
const TOLD_WITHIN_MS = 40_000;
const LOOK_MS = 1000;

type State = 'ALARM' | 'OK';

function send(to: Deployed, { severity, region = to.caller.region }: AlertOptions, name: string, state: State) {
  const topicArn = to.topicOf(severity);
  const message = {
    AlarmName: name,
    AlarmDescription: 'A test, by npm run alert. Nothing is wrong, and it ends by itself.',
    AlarmArn: `arn:aws:cloudwatch:${region}:${topicArn.split(':')[4]}:alarm:${name}`,
    NewStateValue: state,
    NewStateReason: 'Somebody tries whether alerts arrive.',
    StateChangeTime: new Date().toISOString(),
  };
  return publish(to.caller, { topicArn, subject: `${state}: ${name}`, message: JSON.stringify(message) });
}

/** Waits until every channel was told or has failed; a line for each. */
async function tolds(
  store: Store,
  title: string,
  channels: readonly string[],
  state: string,
): Promise<readonly string[]> {
  for (const end = Date.now() + TOLD_WITHIN_MS; ; await wait(LOOK_MS)) {
    const [all, healths] = await Promise.all([store.incidents(), store.health()]);
    const told: Known['told'] = all.find(({ incident }) => incident.title === title)?.told ?? {};
    const lines = channels.map((channel) => {
      const name = channel as keyof typeof told;
      if (told[name]?.state === state) return `${channel}: told`;
      const error = healths[name]?.error;
      return error ? `${channel}: NOT told: ${error}` : `${channel}: not told yet`;
    });
    if (Date.now() > end || lines.every((each) => !each.endsWith('yet'))) return lines;
  }
}

async function test(to: Deployed, options: AlertOptions, channels: readonly string[]): Promise<number> {
  const store = new Store(to.caller, to.table);
  const title = `Test-${options.severity}-${Date.now()}`;
  await send(to, options, title, 'ALARM');
  const begin = await tolds(store, title, channels, 'firing');
  for (const each of begin) console.log(`alert      ${each}`);
  await send(to, options, title, 'OK');
  const end = await tolds(store, title, channels, 'ok');
  for (const each of end) console.log(`its end    ${each}`);
  if (channels.length === 0) console.log(`nobody hears of '${options.severity}': see alerts.routes`);
  return channels.length > 0 && [...begin, ...end].every((each) => each.endsWith(': told')) ? 0 : 1;
}

async function status(to: Deployed): Promise<number> {
  const store = new Store(to.caller, to.table);
  const [all, healths] = await Promise.all([store.incidents(), store.health()]);
  for (const { incident, told } of all.filter(({ incident: { state } }) => state === 'firing')) {
    const { severity, title, since, acknowledged } = incident;
    const known = Object.keys(told).join(', ') || 'nobody yet';
    console.log(
      `${severity} ${title} since ${new Date(since).toISOString()}${acknowledged ? ', acknowledged' : ''}: ${known}`,
    );
  }
  for (const [channel, { error } = {}] of Object.entries(healths))
    console.log(`channel ${channel}: ${error ?? 'well'}`);
  return 0;
}

/** Returns the exit code: 0 when every channel was told; throws a ConfigError for what the user can mend. */
export async function alert(words: readonly string[]): Promise<number> {
  const options = alertOptions(words);
  if (typeof options === 'string') {
    console.log(options);
    return 0;
  }
  const config = environment(options.environment);
  const to = await deployed(config, options.region);
  if (options.action === 'test') return test(to, options, routesOf(config.alerts)[options.severity]);
  if (options.action === 'status') return status(to);
  if (options.action === 'replay') {
    console.log(`${await replay(to)} messages brought back`);
    return 0;
  }
  await publish(to.caller, { topicArn: to.topicOf('info'), message: JSON.stringify({ acknowledge: options.alarm }) });
  console.log('sent; npm run alert -- status shows it within seconds');
  return 0;
}

/** Brings every channel to what stands, one teller at a time: sends, notes what was told, tells others of a channel that is out. */
import type { Caller } from './aws';
import { tellByTopic } from './channels/notices';
import { tellPagerDuty } from './channels/pager-duty';
import { tellSlack } from './channels/slack';
import { type Health, keyOfChannel, type Plan, plan, routeOf, type Send, toldBy } from './decide';
import type { ChannelName, Settings } from './environment';
import { patiently, Refused } from './http';
import type { Known, Observation } from './incident';
import { secrets } from './secret';
import type { Store } from './store';

export interface Props {
  readonly caller: Caller;
  readonly store: Store;
  readonly settings: Settings;
  readonly secretId: string;
  readonly noticesTopicArn: string;
  /** Counts what could not be told. */
  readonly failed: (channel: ChannelName, reason: string) => void;
}

/** For all tries of one message. */
const PATIENCE_MS = 9000;
/** A channel that is out is asked again after so long, doubled with each failure. */
const FIRST_REST_MS = 15_000;
const LONGEST_REST_MS = 15 * 60_000;

const HOW_TO_FILL: Readonly<Partial<Record<ChannelName, string>>> = {
  slack: 'slackToken',
  pagerDuty: 'pagerDutyRoutingKey',
};

/** One message at one channel; its reference, where it can be changed. Throws a Refused for a channel without a value yet. */
async function tellOne(channel: ChannelName, send: Send, props: Props, fresh: boolean): Promise<string | undefined> {
  const { caller, settings, secretId, noticesTopicArn } = props;
  const { environment, slackChannel = '' } = settings;
  if (channel === 'email' || channel === 'sms') {
    await tellByTopic(caller, noticesTopicArn, channel, send, environment);
    return undefined;
  }
  const { slackToken, pagerDutyRoutingKey, slackUrl, pagerDutyUrl } = await secrets(caller, secretId, fresh);
  if (channel === 'slack' && slackToken)
    return tellSlack({ token: slackToken, channel: slackChannel, url: slackUrl || undefined, environment }, send);
  if (channel === 'pagerDuty' && pagerDutyRoutingKey)
    return tellPagerDuty({ routingKey: pagerDutyRoutingKey, url: pagerDutyUrl || undefined, environment }, send);
  throw new Refused(
    `it has no value yet: put ${HOW_TO_FILL[channel]} into the secret ${secretId} (aws secretsmanager put-secret-value)`,
    false,
  );
}

const rested = (failures: number) => Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (failures - 1));

/** Sends a plan; the channel's health after it. What could not be sent stays a difference, and is tried again. */
async function carryOut(channel: ChannelName, { sends, tokens }: Plan, before: Health, props: Props): Promise<Health> {
  const until = Date.now() + PATIENCE_MS;
  for (const send of sends) {
    let ref: string | undefined;
    try {
      ref = await patiently(() => tellOne(channel, send, props, before.failures > 0), until);
    } catch (error) {
      const { retryAfterMs = 0, message } = error as Refused; // which patiently makes of every error
      const failures = before.failures + 1;
      props.failed(channel, message);
      return { tokens, failures, retryAt: Date.now() + Math.max(retryAfterMs, rested(failures)), error: message };
    }
    // a message that somebody deleted was made anew, and all its members stand in the new one
    const noted = send.ref && ref === send.ref ? send.changed : send.members;
    await props.store.keepTold(
      channel,
      noted.map((member) => [member.incident.key, toldBy(member, ref)]),
    );
  }
  return { tokens, failures: 0 };
}

/** A channel that is out, or back, as something to be told like any other. */
const ofChannel = (channel: ChannelName, { error }: Health): Observation => ({
  key: keyOfChannel(channel),
  at: Date.now(),
  state: error ? 'firing' : 'ok',
  severity: 'warning',
  title: `Channel ${channel}`,
  summary: error
    ? `Alerts don't reach ${channel}: ${error}. They are kept, tried again and told here meanwhile.`
    : `Alerts reach ${channel} again.`,
  reason: '',
  region: process.env.AWS_REGION ?? '',
  runbook: 'docs/runbooks/alert-channel-down.md',
});

/** One look at everything. Returns when to look again, and whether a channel went out or came back: then others are to hear of it. */
export async function tellOnce(props: Props): Promise<{ readonly wakeAt?: number; readonly turned: boolean }> {
  const { store, settings } = props;
  const { routes } = settings;
  const configured = [...new Set(Object.values(routes).flat())];
  const [incidents, healths] = await Promise.all([store.incidents(), store.health()]);
  const healthOf = (channel: ChannelName): Health => healths[channel] ?? { failures: 0 };
  const isOut = (channel: ChannelName) => healthOf(channel).failures > 0;
  const hearing = (channel: ChannelName): readonly Known[] =>
    incidents.filter(
      ({ incident, told }) => told[channel] || routeOf(incident, routes, configured, isOut).includes(channel),
    );
  const outcomes = await Promise.all(
    configured.map(async (channel) => {
      const before = healthOf(channel);
      const planned = plan(channel, hearing(channel), before, Date.now());
      if (planned.sends.length === 0) return { wakeAt: planned.wakeAt, turned: false };
      const health = await carryOut(channel, planned, before, props);
      await store.keepHealth(channel, health);
      const turned = before.failures > 0 !== health.failures > 0;
      if (turned) await store.takeIn(ofChannel(channel, health));
      const due = [planned.wakeAt, health.retryAt].filter((at) => at !== undefined);
      return { ...(due.length > 0 && { wakeAt: Math.min(...due) }), turned };
    }),
  );
  const due = outcomes.flatMap(({ wakeAt }) => (wakeAt ? [wakeAt] : []));
  return { ...(due.length > 0 && { wakeAt: Math.min(...due) }), turned: outcomes.some(({ turned }) => turned) };
}

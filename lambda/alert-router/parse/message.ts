/** What a message of a topic says: an alarm, an event, or somebody's text. Whatever it is, somebody hears of it. Pure. */
import type { Severity } from '../environment';
import type { Observation } from '../incident';
import { alarmObservation, isAlarm, millis } from './alarm';
import { eventObservation, isEvent } from './event';

/** As SNS hands it to a function. */
export interface Envelope {
  readonly TopicArn: string;
  readonly MessageId: string;
  readonly Subject?: string | null;
  readonly Message: string;
  readonly Timestamp?: string;
}

/** What the clock sends each minute. */
export const WAKE = 'wake';

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
/** Of the fleet, when somebody subscribes to its notices. */
const SUBSCRIBED = 'autoscaling:TEST_NOTIFICATION';

/** Text, or an object of a form that nobody foresaw. */
function noticed({ TopicArn, MessageId, Subject, Message, Timestamp }: Envelope, severity: Severity, now: number) {
  const said = parsed(Message);
  const fields = isObject(said) ? said : {};
  const [, , , region = '', account = ''] = TopicArn.split(':');
  const title = Subject || `${fields.Event ?? fields.monitorName ?? 'Message'}`;
  return {
    key: `${account}:${region}:message:${MessageId}`,
    at: millis(Timestamp, now),
    state: 'notice' as const,
    severity,
    title: title.slice(0, 200),
    summary: `${fields.Description ?? fields.summary ?? Message}`.slice(0, 1000),
    reason: `${fields.Cause ?? ''}`.slice(0, 500),
    region,
  };
}

/** Nothing for what is nobody's business. */
export function observed(
  envelope: Envelope,
  topics: Readonly<Record<string, Severity>>,
  now: number,
): Observation | undefined {
  const severity = topics[envelope.TopicArn] ?? 'warning';
  const message = parsed(envelope.Message);
  if (isAlarm(message)) return alarmObservation(message, severity, envelope.TopicArn, now);
  if (isEvent(message)) return eventObservation(message, severity, now);
  if (isObject(message) && message.Event === SUBSCRIBED) return undefined;
  if (isObject(message) && typeof message.acknowledge === 'string') {
    const [, , , region = '', account = ''] = envelope.TopicArn.split(':');
    const key = `${account}:${region}:${message.acknowledge}`;
    return { ...noticed(envelope, severity, now), key, state: 'acknowledged' };
  }
  return noticed(envelope, severity, now);
}

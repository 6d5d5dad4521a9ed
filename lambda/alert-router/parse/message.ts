/** What a message of the queue says: an envelope of SNS with an alarm, an event, or somebody's text. Whatever it is, somebody hears of it. Pure. */
import type { Severity } from '../environment';
import type { Observation } from '../incident';
import { alarmObservation, isAlarm, millis } from './alarm';
import { eventObservation, isEvent } from './event';

interface Envelope {
  readonly TopicArn: string;
  readonly MessageId: string;
  readonly Subject?: string | null;
  readonly Message: string;
  readonly Timestamp?: string;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const isEnvelope = (value: unknown): value is Envelope => isObject(value) && 'TopicArn' in value && 'Message' in value;

/** Sent by the function to itself. */
export const WAKE = '{"router":"wake"}';
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

/** Nothing for what only wakes the function. @param body of the queue's message */
export function observed(
  body: string,
  messageId: string,
  topics: Readonly<Record<string, Severity>>,
  now: number,
): Observation | undefined {
  if (body === WAKE) return undefined;
  const outer = parsed(body);
  const envelope = isEnvelope(outer) ? outer : { TopicArn: '', MessageId: messageId, Message: body };
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

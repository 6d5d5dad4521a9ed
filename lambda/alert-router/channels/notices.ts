/** Mail and SMS: one topic, whose subscriptions say by filters which severities and which of the two they are. */
import { type Caller, publish } from '../../aws';
import type { Send } from '../decide';
import { fitting, headline, line, stateOf, time } from './text';

/** SNS takes 256 KB. */
const LONGEST_MAIL = 200_000;
const LONGEST_SMS = 300;
const LONGEST_SUBJECT = 99;

const ascii = (text: string) => text.replace(/[^\x20-\x7e]+/g, ' ').trim();

export function mail({ members }: Pick<Send, 'members'>, environment: string): { subject: string; message: string } {
  const [first] = members;
  const head = headline(members, environment);
  const subject = ascii(head).slice(0, LONGEST_SUBJECT);
  if (members.length !== 1 || !first) {
    return { subject, message: [head, '', ...fitting(members.map(line), LONGEST_MAIL)].join('\n') };
  }
  const { summary, reason, runbook, link, since } = first.incident;
  const rows = [
    summary,
    '',
    `State:   ${stateOf(first)}`,
    `Since:   ${time(since)}`,
    reason && `Reason:  ${reason}`,
    runbook && `Runbook: ${runbook}`,
    link && `Alarm:   ${link}`,
  ];
  return { subject, message: [head, '', ...rows.filter((row) => row !== undefined && row !== '')].join('\n') };
}

export function sms({ members }: Pick<Send, 'members'>, environment: string): string {
  const [first] = members;
  const list =
    members.length > 1 ? ` ${members.map(({ incident }) => incident.title).join(', ')}` : ` ${first?.incident.summary}`;
  return `${headline(members, environment)}.${list}`.slice(0, LONGEST_SMS);
}

export async function tellByTopic(
  caller: Caller,
  topicArn: string,
  channel: 'email' | 'sms',
  send: Send,
  environment: string,
): Promise<void> {
  const severities = [...new Set(send.members.map(({ incident }) => incident.severity))]; // a group goes to whoever hears of one of it
  const attributes = { channel, severity: severities };
  const text = channel === 'email' ? mail(send, environment) : { message: sms(send, environment) };
  await publish(caller, { topicArn, attributes, ...text });
}

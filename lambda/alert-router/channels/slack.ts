/** Slack's Web API: one message for each incident, or for a storm, changed when that changes. */

import { isPassing, post, Refused } from '../../http';
import type { Member, Send } from '../decide';
import { fitting, headline, isFiring, isOver, line, stateOf, time, worst } from './text';

export interface SlackProps {
  readonly token: string;
  /** Name or id. */
  readonly channel: string;
  /** Of the API. @default Slack's */
  readonly url?: string;
  readonly environment: string;
}

/** Slack cuts a text at 40,000 characters, and shows few people that many. */
const LONGEST_LIST = 12_000;
const MS = 4000;

/** In Slack's own words, of which three signs mean something. */
const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

const SIGNS = { critical: ':red_circle:', warning: ':large_yellow_circle:', info: ':large_blue_circle:' } as const;
const sign = (members: readonly Member[]) => {
  const standing = members.filter((member) => !isOver(member));
  return standing.length === 0 ? ':large_green_circle:' : SIGNS[worst(standing)];
};

function details(member: Member): readonly string[] {
  const { summary, reason, runbook, link, since } = member.incident;
  const lead = [runbook && `Runbook: ${escaped(runbook)}`, link && `<${link}|Alarm>`].filter(Boolean).join(' · ');
  return [
    escaped(summary),
    reason && `_${escaped(reason)}_`,
    `Since ${time(since)}${isOver(member) ? `, ${stateOf(member)}` : ''}`,
    lead,
  ].filter((each): each is string => Boolean(each));
}

export function slackText({ members }: Pick<Send, 'members'>, environment: string): string {
  const [first] = members;
  const head = `${sign(members)} *${escaped(headline(members, environment))}*`;
  if (!first) return head;
  if (members.length === 1) return [head, ...details(first)].join('\n');
  const mark = (member: Member) => `${isFiring(member) ? '•' : isOver(member) ? '✓' : '–'} ${escaped(line(member))}`;
  return [head, ...fitting(members.map(mark), LONGEST_LIST)].join('\n');
}

/** Answers that another try, or another text, may change. */
const PASSING = new Set([
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
]);
const GONE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);

async function called({ token, url = 'https://slack.com/api' }: SlackProps, method: string, body: object) {
  const headers = { 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${token}` };
  const answer = await post(`${url}/${method}`, headers, JSON.stringify(body), MS);
  if (answer.status !== 200)
    throw new Refused(`Slack answered ${answer.status}`, isPassing(answer.status), answer.retryAfterMs);
  let said: { ok?: boolean; error?: string; ts?: string; channel?: string };
  try {
    said = JSON.parse(answer.body);
  } catch {
    throw new Refused('Slack answered something else than JSON', true);
  }
  if (!said.ok) throw new Refused(`Slack: ${said.error}`, PASSING.has(said.error ?? ''), answer.retryAfterMs);
  return said;
}

/** Returns the message's reference. */
export async function tellSlack(props: SlackProps, send: Send): Promise<string> {
  const text = slackText(send, props.environment);
  const message = { text, unfurl_links: false, unfurl_media: false };
  if (send.ref) {
    const [channel, ts] = send.ref.split(' ');
    try {
      await called(props, 'chat.update', { channel, ts, text });
      return send.ref;
    } catch (error) {
      if (!GONE.has((error as Error).message.replace('Slack: ', ''))) throw error; // somebody deleted it: a new one
    }
  }
  const { channel, ts } = await called(props, 'chat.postMessage', { channel: props.channel, ...message });
  return `${channel} ${ts}`;
}

/** PagerDuty's Events API v2: an incident of theirs for each of ours, or one for a storm, by a key that stays the same. */
import { createHash } from 'node:crypto';
import type { Send } from '../decide';
import { isPassing, post, Refused } from '../http';
import { fitting, headline, isFiring, line, time, worst } from './text';

export interface PagerDutyProps {
  readonly routingKey: string;
  /** @default PagerDuty's, outside the EU */
  readonly url?: string;
  readonly environment: string;
}

const MS = 4000;
const LONGEST_KEY = 255;
const LONGEST_SUMMARY = 1024;
const LONGEST_LIST = 200_000; // they take 512 KB

const short = (key: string) => (key.length <= LONGEST_KEY ? key : createHash('sha256').update(key).digest('hex'));

/** The key of one incident is its own; a storm's is made of its first member and time. */
function dedupKey({ ref, members }: Pick<Send, 'ref' | 'members'>): string {
  if (ref) return ref;
  const [first] = members;
  const key = first?.incident.key ?? '';
  return short(members.length > 1 ? `${key} and others since ${first?.incident.since}` : key);
}

/** What to tell of a change: nothing while a storm's other members still fire. */
function actionOf({ kind, members, changed }: Send): 'trigger' | 'acknowledge' | 'resolve' | undefined {
  if (kind === 'new') return 'trigger';
  if (!members.some(isFiring)) return 'resolve';
  const again = changed.filter(isFiring);
  if (again.some(({ told, incident }) => told?.state === 'ok' || told?.severity !== incident.severity))
    return 'trigger';
  const standing = members.filter(isFiring);
  return again.length > 0 && standing.every(({ incident }) => incident.acknowledged) ? 'acknowledge' : undefined;
}

function payloadOf({ members }: Send, environment: string) {
  const [first] = members;
  const { summary = '', reason = '', runbook, title = '', region = '', since = 0 } = first?.incident ?? {};
  const text = members.length > 1 ? '' : `: ${summary}`;
  const alerts = fitting(members.map(line), LONGEST_LIST);
  return {
    summary: `${headline(members, environment)}${text}`.slice(0, LONGEST_SUMMARY),
    source: `${environment} ${region}`,
    severity: worst(members), // theirs have the same names
    timestamp: new Date(since).toISOString(),
    class: members.length > 1 ? 'storm' : title,
    group: environment,
    custom_details:
      members.length > 1
        ? { alerts, of: members.length }
        : { reason, runbook, since: time(since), flapping: first?.standing.flapping },
  };
}

/** The event to send; nothing when there is nothing to tell. */
export function pagerDutyEvent(send: Send, { routingKey, environment }: Omit<PagerDutyProps, 'url'>) {
  const event_action = actionOf(send);
  if (!event_action) return undefined;
  const dedup_key = dedupKey(send);
  if (event_action !== 'trigger') return { routing_key: routingKey, event_action, dedup_key };
  const [first] = send.members;
  const link = send.members.length === 1 && first?.incident.link;
  return {
    routing_key: routingKey,
    event_action,
    dedup_key,
    payload: payloadOf(send, environment),
    ...(link && { links: [{ href: link, text: 'Alarm' }] }),
    client: 'Holdfast',
  };
}

/** Returns the incident's key. */
export async function tellPagerDuty(props: PagerDutyProps, send: Send): Promise<string> {
  const event = pagerDutyEvent(send, props);
  if (event) {
    const { url = 'https://events.pagerduty.com' } = props;
    const body = JSON.stringify(event);
    const {
      status,
      retryAfterMs,
      body: said,
    } = await post(`${url}/v2/enqueue`, { 'content-type': 'application/json' }, body, MS);
    if (status !== 202) {
      const why = said.replaceAll(props.routingKey, '…').slice(0, 200);
      throw new Refused(`PagerDuty answered ${status} ${why}`, isPassing(status), retryAfterMs);
    }
  }
  return dedupKey(send);
}

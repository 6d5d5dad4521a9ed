/** An event of EventBridge as an observation, by the table of kinds. Pure. */
import type { Severity } from '../environment';
import type { Observation } from '../incident';
import { millis } from './alarm';
import { EVENT_KINDS, type EventKind } from './event-kinds';

interface AwsEvent {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly account: string;
  readonly region: string;
  readonly time: string;
  readonly resources?: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

export const isEvent = (message: unknown): message is AwsEvent =>
  typeof message === 'object' && message !== null && 'detail-type' in message && 'source' in message;

const KINDS: readonly (readonly [string, EventKind])[] = Object.entries(EVENT_KINDS);

/** @param severity that of the topic it came by: the rules of two kinds of the same event lead to two topics */
export function eventObservation(event: AwsEvent, severity: Severity, now: number): Observation {
  const { id, source, account, region, detail, resources = [] } = event;
  const type = event['detail-type'];
  const [name = type, kind] =
    KINDS.find(([, each]) => each.source === source && type in each.types && each.severity === severity) ?? [];
  const state = kind?.state?.(detail) ?? kind?.types[type] ?? 'notice';
  const about = detail.eventArn ?? resources[0] ?? '';
  return {
    key: `${account}:${region}:${name}:${state === 'notice' ? id : about}`,
    at: millis(event.time, now),
    state,
    severity,
    title: kind?.title ?? type,
    summary: kind?.summary(detail) ?? JSON.stringify(detail).slice(0, 500),
    reason: resources[0] ?? '',
    region,
    runbook: kind?.runbook && `docs/runbooks/${kind.runbook}.md`,
  };
}

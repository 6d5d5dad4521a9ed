/** A CloudWatch alarm as it is published: of a metric, or composite. What acts on INSUFFICIENT_DATA fires by it. Pure. */
import type { Severity } from '../environment';
import type { Observation } from '../incident';

interface PublishedAlarm {
  readonly AlarmName: string;
  readonly AlarmDescription?: string | null;
  readonly AWSAccountId?: string;
  readonly AlarmArn?: string;
  readonly NewStateValue: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly NewStateReason?: string;
  readonly StateChangeTime: string;
  /** In words ('EU (Ireland)') where AWS writes it. */
  readonly Region?: string;
}

export const isAlarm = (message: unknown): message is PublishedAlarm =>
  typeof message === 'object' && message !== null && 'AlarmName' in message && 'NewStateValue' in message;

/** `2026-01-31T10:20:30.400+0000`, a form that not every parser takes. */
export const millis = (time: string | undefined, otherwise: number): number => {
  const at = Date.parse((time ?? '').replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(at) ? otherwise : at;
};

/** The alert's name, which our descriptions begin with. */
const TITLE = /^([A-Z]\w+): /;
const RUNBOOK = /\s*Runbook: (\S+)/;
const DASHBOARD = /\s*Dashboard: \S+/;

const consoleLink = (region: string, name: string) =>
  `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(name)}`;

export function alarmObservation(
  alarm: PublishedAlarm,
  severity: Severity,
  topicArn: string,
  now: number,
): Observation {
  const [, , , region = '', account = ''] = (alarm.AlarmArn ?? topicArn).split(':');
  const { AlarmName: name, NewStateValue: value, NewStateReason: reason = '' } = alarm;
  const description = alarm.AlarmDescription ?? '';
  return {
    key: `${alarm.AWSAccountId ?? account}:${region}:${name}`,
    at: millis(alarm.StateChangeTime, now),
    state: value === 'OK' ? 'ok' : 'firing',
    severity,
    title: TITLE.exec(description)?.[1] ?? name,
    summary: description.replace(TITLE, '').replace(RUNBOOK, '').replace(DASHBOARD, '').trim(),
    reason: value === 'INSUFFICIENT_DATA' ? `What must report is silent. ${reason}` : reason,
    region,
    runbook: RUNBOOK.exec(description)?.[1],
    link: consoleLink(region, name),
  };
}

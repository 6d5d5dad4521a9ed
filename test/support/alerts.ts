/** Messages as CloudWatch, EventBridge and SNS publish them, by their documentation; and incidents to tell of. */
import type { Member } from '../../lambda/alert-router/decide';
import type { Severity } from '../../lambda/alert-router/environment';
import { type Incident, type Observation, standing } from '../../lambda/alert-router/incident';
import type { Envelope } from '../../lambda/alert-router/parse/message';

export const TOPICS = {
  'arn:aws:sns:eu-west-1:111111111111:Critical': 'critical',
  'arn:aws:sns:eu-west-1:111111111111:Warning': 'warning',
  'arn:aws:sns:eu-west-1:111111111111:Info': 'info',
} as const satisfies Readonly<Record<string, Severity>>;

const topicOf = (severity: Severity) => Object.entries(TOPICS).find(([, each]) => each === severity)?.[0] ?? '';

type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export const alarmMessage = (name: string, state: AlarmState, at: number, more: object = {}) => ({
  AlarmName: name,
  AlarmDescription: `${name}: No server is healthy. Runbook: docs/runbooks/balancer-unhealthy.md Dashboard: https://console/d`,
  AWSAccountId: '111111111111',
  AlarmConfigurationUpdatedTimestamp: '2026-01-31T09:00:00.000+0000',
  NewStateValue: state,
  NewStateReason: 'Threshold Crossed: 1 datapoint [0.0] was less than the threshold (1.0).',
  StateChangeTime: new Date(at).toISOString().replace('Z', '+0000'),
  Region: 'EU (Ireland)',
  AlarmArn: `arn:aws:cloudwatch:eu-west-1:111111111111:alarm:${name}`,
  OldStateValue: state === 'OK' ? 'ALARM' : 'OK',
  OKActions: [topicOf('critical')],
  AlarmActions: [topicOf('critical')],
  InsufficientDataActions: [],
  Trigger: { MetricName: 'HealthyHostCount', Namespace: 'AWS/ApplicationELB', StatisticType: 'Statistic', Period: 60 },
  ...more,
});

export const envelope = (message: unknown, severity: Severity = 'critical', id = 'message-1'): Envelope => ({
  MessageId: id,
  TopicArn: topicOf(severity),
  Message: typeof message === 'string' ? message : JSON.stringify(message),
  Timestamp: '2026-01-31T10:00:00.000Z',
});

export const MINUTE = 60_000;
export const NOON = Date.parse('2026-01-31T12:00:00Z');

export const seen = (state: Observation['state'], at: number, more: Partial<Observation> = {}): Observation => ({
  key: '111111111111:eu-west-1:NoHealthyServer',
  at,
  state,
  severity: 'critical',
  title: 'NoHealthyServer',
  summary: 'No server is healthy.',
  reason: '0 < 1',
  region: 'eu-west-1',
  ...more,
});

export const incident = (more: Partial<Incident> = {}): Incident => ({
  ...seen('firing', NOON),
  state: 'firing',
  since: NOON,
  firings: [NOON],
  acknowledged: false,
  ...more,
});

export const member = (more: Partial<Incident> = {}, told?: Member['told']): Member => {
  const of = incident(more);
  return { incident: of, standing: standing(of, of.at), told };
};

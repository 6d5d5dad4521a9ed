/** How a managed workspace tells of its alerts: each to the topic of its severity, in the words of a CloudWatch alarm, which whoever listens there knows. */
import { stringify } from 'yaml';
import type { Severity } from '../../constructs/alerting/alert';

export interface Listeners {
  readonly region: string;
  readonly account: string;
  /** ARN of the topic that hears of each severity. */
  readonly topics: Readonly<Record<Severity, string>>;
}

const time = (at: string) => `{{ (index .Alerts 0).${at}.UTC.Format "2006-01-02T15:04:05.000Z" }}`;

/** One alert a message; its words hold no quotes, which a test of the rows says. */
const message = ({ region, account }: Listeners) =>
  JSON.stringify({
    AlarmName: '{{ .CommonLabels.alertname }}',
    AlarmDescription: '{{ .CommonAnnotations.summary }} Runbook: {{ .CommonAnnotations.runbook }}',
    AWSAccountId: account,
    AlarmArn: `arn:aws:aps:${region}:${account}:alert/{{ .CommonLabels.alertname }}`,
    NewStateValue: '{{ if eq .Status "firing" }}ALARM{{ else }}OK{{ end }}',
    NewStateReason: 'Rule of Prometheus.',
    StateChangeTime: `{{ if eq .Status "firing" }}${time('StartsAt')}{{ else }}${time('EndsAt')}{{ end }}`,
    Region: region,
  }).replaceAll('\\"', '"');

/** Definition of the workspace's alert manager, in YAML. */
export function alertManager(listeners: Listeners): string {
  const { region, topics } = listeners;
  const severities = Object.keys(topics) as Severity[];
  const config = {
    route: {
      receiver: 'warning',
      group_by: ['alertname', 'severity'],
      group_wait: '10s',
      group_interval: '1m',
      repeat_interval: '5d', // the most there is: whoever was told remembers
      routes: severities.map((severity) => ({ receiver: severity, matchers: [`severity="${severity}"`] })),
    },
    receivers: severities.map((severity) => ({
      name: severity,
      sns_configs: [
        {
          topic_arn: topics[severity],
          sigv4: { region },
          send_resolved: true,
          subject: '{{ .CommonLabels.alertname }}',
          message: '{{ template "alarm" . }}',
        },
      ],
    })),
  };
  return stringify(
    {
      template_files: { alarm: `{{ define "alarm" }}${message(listeners)}{{ end }}` },
      alertmanager_config: stringify(config, { lineWidth: 0 }),
    },
    { lineWidth: 0 },
  );
}

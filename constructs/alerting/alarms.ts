/** One CloudWatch alarm per alert and metric, beside the resource it watches. Not the topics: who hears of it is the caller's. */
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Alerts, Severity, Thresholds } from './alert';
import type { Signals } from './signal';

const COMPARISON = {
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

const MISSING_DATA = {
  breaching: TreatMissingData.BREACHING,
  notBreaching: TreatMissingData.NOT_BREACHING,
  ignore: TreatMissingData.IGNORE,
} as const;

export type Topics = Readonly<Record<Severity, ITopic>>;

export interface AlarmsProps<S extends Signals> {
  readonly signals: S;
  readonly alerts: Alerts<S>;
  /** Where each severity goes; it hears of the recovery too. */
  readonly topics: Topics;
  /** Other thresholds by alert name. @default those of the rows */
  readonly thresholds?: Thresholds;
}

export class Alarms<S extends Signals> extends Construct {
  readonly alarms: readonly Alarm[];
  /** What they watch, for who draws it. */
  readonly watched: Pick<Required<AlarmsProps<S>>, 'signals' | 'alerts' | 'thresholds'>;

  constructor(scope: Construct, id: string, { signals, alerts, topics, thresholds = {} }: AlarmsProps<S>) {
    super(scope, id);
    this.watched = { signals, alerts, thresholds };
    this.alarms = Object.entries(alerts).flatMap(([name, alert]) => {
      const action = new SnsAction(topics[alert.severity]);
      return (signals[alert.signal]?.metrics ?? []).map((metric, index, all) => {
        const evaluationPeriods = alert.forMinutes / metric.period.toMinutes();
        const alarm = new Alarm(this, all.length > 1 ? `${name}${index + 1}` : name, {
          metric,
          comparisonOperator: COMPARISON[alert.comparison],
          threshold: thresholds[name] ?? alert.threshold,
          evaluationPeriods,
          datapointsToAlarm: alert.datapoints ?? evaluationPeriods,
          treatMissingData: MISSING_DATA[alert.missingData],
          alarmDescription: `${alert.summary} Runbook: docs/runbooks/${alert.runbook}.md`,
        });
        alarm.addAlarmAction(action);
        alarm.addOkAction(action);
        return alarm;
      });
    });
  }
}

/** What CloudWatch is to measure for a row of the catalogue: one alarm's properties for each metric. Neither who hears of it nor when. */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Anomaly, BurnRate, Row, Threshold } from './alert';
import type { Signals, Unit } from './signal';

const COMPARISON = {
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

const OUTSIDE = {
  band: ComparisonOperator.LESS_THAN_LOWER_OR_GREATER_THAN_UPPER_THRESHOLD,
  above: ComparisonOperator.GREATER_THAN_UPPER_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_LOWER_THRESHOLD,
} as const;

const MISSING_DATA = {
  missing: TreatMissingData.MISSING,
  notBreaching: TreatMissingData.NOT_BREACHING,
  ignore: TreatMissingData.IGNORE,
} as const;

type Measure = Pick<
  AlarmProps,
  'metric' | 'comparisonOperator' | 'threshold' | 'evaluationPeriods' | 'datapointsToAlarm' | 'treatMissingData'
>;

/** By what is added to the alert's name; a composite measures nothing. */
export function measures(row: Row, signals: Signals, override?: number): readonly (readonly [string, Measure])[] {
  if (row.kind === 'composite') return [];
  if (row.kind === 'burnRate') return burnRate(row, signals, override ?? row.objective);
  const metrics = signals[row.signal]?.metrics ?? [];
  return metrics.map((metric, index) => {
    const evaluationPeriods = row.forMinutes / metric.period.toMinutes();
    return [
      metrics.length > 1 ? `${index + 1}` : '',
      {
        ...(row.kind === 'anomaly' ? anomaly(row, metric, override) : threshold(row, metric, override)),
        evaluationPeriods,
        datapointsToAlarm: row.datapoints ?? evaluationPeriods,
        treatMissingData: MISSING_DATA[row.missingData],
      },
    ];
  });
}

const threshold = (row: Threshold<string, Unit>, metric: IMetric, override = row.threshold) => ({
  metric,
  comparisonOperator: COMPARISON[row.comparison],
  threshold: override,
});

const anomaly = ({ outside, width }: Anomaly<string>, metric: Metric | MathExpression, override = width) => ({
  metric: Metric.anomalyDetectionFor({ metric, stdDevs: override, period: metric.period }),
  comparisonOperator: OUTSIDE[outside],
  threshold: Alarm.ANOMALY_DETECTION_NO_THRESHOLD,
});

/** The same over another period; CDK does that too, but with a warning for each metric. */
function over(metric: IMetric, period: Duration): IMetric {
  if (metric instanceof Metric) return metric.with({ period });
  const { expression, usingMetrics } = metric as MathExpression;
  const inner = Object.entries(usingMetrics).map(([name, each]) => [name, over(each, period)] as const);
  return new MathExpression({ expression, usingMetrics: Object.fromEntries(inner), period });
}

function burnRate(row: BurnRate<string>, signals: Signals, objective: number) {
  const [bad] = signals[row.bad]?.metrics ?? [];
  const [total] = signals[row.total]?.metrics ?? [];
  if (!bad || !total) return [];
  const burning = (minutes: number, period = Duration.minutes(minutes)): Measure => ({
    metric: new MathExpression({
      expression: `IF(FILL(total, 0) >= ${(row.minimum * minutes) / row.longMinutes}, 100 * FILL(bad, 0) / total, 0)`,
      usingMetrics: { bad: over(bad, period), total: over(total, period) },
      period,
    }),
    comparisonOperator: COMPARISON.above,
    threshold: Number((row.burn * (100 - objective)).toFixed(6)),
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    treatMissingData: MISSING_DATA.notBreaching,
  });
  return [['Long', burning(row.longMinutes)] as const, ['Short', burning(row.shortMinutes)] as const];
}

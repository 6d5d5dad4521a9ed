/** Adds and removes servers by their CPU. Two alarms with a policy each: up and down wait for different times, which one can't. */
import { Duration } from 'aws-cdk-lib';
import {
  AdjustmentType,
  type AutoScalingGroup,
  MetricAggregationType,
  StepScalingAction,
} from 'aws-cdk-lib/aws-autoscaling';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

/** Until a new server takes its share of the load. */
export const WARM_UP = Duration.minutes(3);

export interface Scaling {
  readonly min: number;
  readonly max: number;
  /** Percent of CPU, and how long it has to last. */
  readonly upAboveCpu: number;
  readonly upAfter: Duration;
  readonly downBelowCpu: number;
  readonly downAfter: Duration;
}

export interface CpuScalingProps extends Omit<Scaling, 'min' | 'max'> {
  readonly group: AutoScalingGroup;
  /** Percent, by the minute. */
  readonly cpu: IMetric;
}

export class CpuScaling extends Construct {
  constructor(scope: Construct, id: string, props: CpuScalingProps) {
    super(scope, id);
    const { group, cpu } = props;
    const step = (name: string, change: 1 | -1) => {
      const action = new StepScalingAction(this, name, {
        autoScalingGroup: group,
        adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
        metricAggregationType: MetricAggregationType.AVERAGE,
        estimatedInstanceWarmup: WARM_UP,
      });
      action.addAdjustment(change > 0 ? { adjustment: change, lowerBound: 0 } : { adjustment: change, upperBound: 0 });
      return action;
    };
    const watch = (name: string, comparisonOperator: ComparisonOperator, threshold: number, after: Duration) =>
      new Alarm(this, name, {
        metric: cpu,
        comparisonOperator,
        threshold,
        evaluationPeriods: after.toMinutes(),
        treatMissingData: TreatMissingData.IGNORE,
        alarmDescription: `Scales the servers: CPU at ${threshold} % for ${after.toMinutes()} minutes. No action of yours.`,
      });
    const act = (alarm: Alarm, { scalingPolicyArn }: StepScalingAction) =>
      alarm.addAlarmAction({ bind: () => ({ alarmActionArn: scalingPolicyArn }) } satisfies IAlarmAction);
    const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = ComparisonOperator;
    act(watch('CpuAbove', GREATER_THAN_THRESHOLD, props.upAboveCpu, props.upAfter), step('ScaleUp', 1));
    act(watch('CpuBelow', LESS_THAN_THRESHOLD, props.downBelowCpu, props.downAfter), step('ScaleDown', -1));
  }
}

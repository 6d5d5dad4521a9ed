/** Adds and removes servers: by their CPU with two alarms, as up and down wait for different times; by requests; by the clock. */
import { Duration } from 'aws-cdk-lib';
import {
  AdjustmentType,
  type AutoScalingGroup,
  MetricAggregationType,
  Schedule,
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

export interface ScheduledLimits {
  readonly name: string;
  /** Five fields. */
  readonly cron: string;
  /** @default UTC */
  readonly timeZone?: string;
  readonly min: number;
  readonly max: number;
}

export interface Scaling {
  readonly min: number;
  readonly max: number;
  /** Percent of CPU, and how long it has to last. */
  readonly upAboveCpu: number;
  readonly upAfter: Duration;
  readonly downBelowCpu: number;
  readonly downAfter: Duration;
  /** Requests a minute each server should get; takes servers away in the place of `downBelowCpu`. @default none */
  readonly requestsPerServer?: number;
  /** @default none */
  readonly schedule?: readonly ScheduledLimits[];
}

export interface FleetScalingProps extends Omit<Scaling, 'min' | 'max'> {
  /** With its target group attached, where `requestsPerServer` counts. */
  readonly group: AutoScalingGroup;
  /** Percent, by the minute. */
  readonly cpu: IMetric;
}

export class FleetScaling extends Construct {
  constructor(scope: Construct, id: string, props: FleetScalingProps) {
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
    if (props.requestsPerServer === undefined)
      act(watch('CpuBelow', LESS_THAN_THRESHOLD, props.downBelowCpu, props.downAfter), step('ScaleDown', -1));
    else
      group.scaleOnRequestCount('Requests', {
        targetRequestsPerMinute: props.requestsPerServer,
        estimatedInstanceWarmup: WARM_UP,
      });
    for (const { name, cron, timeZone, min, max } of props.schedule ?? [])
      group.scaleOnSchedule(name, {
        schedule: Schedule.expression(cron),
        timeZone,
        minCapacity: min,
        maxCapacity: max,
      });
  }
}

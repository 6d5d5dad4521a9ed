/** How a fleet scales, as its template says, and the guide's policy to compare it with. Simulates nothing. */
import { ConfigError } from '../../config/config-error';
import { systemOf } from '../alarms/read';
import { ofType, type Resource, references, type Stack } from '../assembly';
import { limitsOf } from '../limits';

/** An alarm with its scaling policy. */
export interface Step {
  readonly above: boolean;
  /** Percent of CPU. */
  readonly threshold: number;
  /** Minutes looked at, and how many of them must breach. */
  readonly minutes: number;
  readonly breaching: number;
  /** Servers added or taken away. */
  readonly change: number;
}

export interface Policy {
  readonly min: number;
  readonly max: number;
  /** From a server's launch until it counts. */
  readonly warmUpMinutes: number;
  readonly steps: readonly Step[];
  /** Requests a minute and server that target tracking aims at. @default it doesn't */
  readonly requestsPerServer?: number;
}

/** The guide: 2 to 10 servers, one more above 70 % for 5 minutes, one fewer below 30 % for 10. */
export const guidesPolicy = (warmUpMinutes: number): Policy => ({
  min: 2,
  max: 10,
  warmUpMinutes,
  steps: [
    { above: true, threshold: 70, minutes: 5, breaching: 5, change: 1 },
    { above: false, threshold: 30, minutes: 10, breaching: 10, change: -1 },
  ],
});

interface PolicyProperties {
  readonly EstimatedInstanceWarmup?: number;
  readonly StepAdjustments?: readonly { readonly ScalingAdjustment: number }[];
  readonly TargetTrackingConfiguration?: { readonly TargetValue: number };
}
const properties = <T>({ properties: fields }: Resource) => fields as unknown as T;

/** Of the first group behind the balancer: blue, and green has the same policies. Throws a ConfigError when there is none. */
export function policyOf(stacks: readonly Stack[]): Policy {
  const fleet = ofType(stacks, 'AWS::AutoScaling::AutoScalingGroup').find(
    ({ properties: { TargetGroupARNs } }) => TargetGroupARNs,
  );
  if (!fleet) throw new ConfigError('expected a fleet behind a balancer, got none in the templates');
  const policies = ofType(stacks, 'AWS::AutoScaling::ScalingPolicy').filter(({ stack, properties }) =>
    references(stacks, stack, properties.AutoScalingGroupName).includes(fleet.key),
  );
  const alarms = systemOf(stacks).alarms.flatMap((alarm) => (alarm.kind === 'metric' ? alarm : []));
  const steps = policies.flatMap((policy) => {
    const change = properties<PolicyProperties>(policy).StepAdjustments?.[0]?.ScalingAdjustment;
    const alarm = alarms.find(({ actions }) => actions.ALARM.includes(policy.key));
    if (change === undefined || !alarm) return [];
    const { comparison, threshold, periods, toAlarm } = alarm;
    return {
      above: comparison.startsWith('Greater'),
      threshold: Number(threshold),
      minutes: periods,
      breaching: toAlarm,
      change,
    };
  });
  const all = policies.map((policy) => properties<PolicyProperties>(policy));
  return {
    ...limitsOf(stacks, fleet),
    warmUpMinutes: Math.max(...all.map(({ EstimatedInstanceWarmup = 0 }) => EstimatedInstanceWarmup)) / 60,
    steps,
    requestsPerServer: all.find(({ TargetTrackingConfiguration }) => TargetTrackingConfiguration)
      ?.TargetTrackingConfiguration?.TargetValue,
  };
}

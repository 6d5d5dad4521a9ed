/** Windows in which alarms change their state and tell nobody; what still alarms at the end is told then. */
import { Duration, TimeZone } from 'aws-cdk-lib';
import { type AlarmBase, AlarmMuteRule, ScheduleExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

export interface MaintenanceWindow {
  /** Day of the week. @default every day */
  readonly day?: 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';
  /** 'HH:MM', UTC. */
  readonly at: string;
  readonly minutes: number;
}

/** CloudWatch takes so many alarms in a rule. */
const PER_RULE = 100;

/** One rule for each window and each hundred alarms, below `scope`. */
export function mute(
  scope: Construct,
  id: string,
  windows: readonly MaintenanceWindow[],
  alarms: readonly AlarmBase[],
): void {
  for (const [index, { day, at, minutes }] of windows.entries()) {
    const [hour, minute] = at.split(':').map((part) => `${Number(part)}`) as [string, string];
    for (let first = 0; first < alarms.length; first += PER_RULE) {
      new AlarmMuteRule(scope, `${id}${index + 1}${first > 0 ? `-${first / PER_RULE + 1}` : ''}`, {
        schedule: ScheduleExpression.cron({ minute, hour, weekDay: day, timeZone: TimeZone.ETC_UTC }),
        duration: Duration.minutes(minutes),
        alarms: alarms.slice(first, first + PER_RULE),
      });
    }
  }
}

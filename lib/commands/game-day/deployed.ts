/** What is deployed of an environment's game days, and what its alarms say: reads alone but for the experiment that it begins or ends. */
import {
  CloudWatchClient,
  GetMetricDataCommand,
  type MetricAlarm,
  paginateDescribeAlarmHistory,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Environment } from '../../config/environment';
import { EXPERIMENTS, templateOutput } from '../../game-days';
import { callerIn } from '../alert/deployed';
import { outputsOf, PATIENCE } from '../outputs';
import { type Fis, fisOf } from './fis';
import type { Change, Series } from './judge';

export interface Deployed {
  readonly fis: Fis;
  /** Id of an experiment's template. */
  readonly template: (name: string) => string;
  /** Names of the environment's alarms that are in ALARM. */
  ringing(): Promise<readonly string[]>;
  /** What is being moved now, in words. */
  underWay(): Promise<readonly string[]>;
  /** The metrics of these alerts' alarms. Milliseconds since 1970. */
  series(alerts: readonly string[], from: number, to: number): Promise<readonly Series[]>;
  /** How alarms changed, the first first. */
  changes(from: number, to: number): Promise<readonly Change[]>;
}

/** An alarm's description begins with its alert. */
const alertOf = (description = '') => /^(\w+): /.exec(description)?.[1] ?? '';

/** What an alarm looks at, as a question of its own. */
const queriesOf = ({
  Metrics,
  MetricName,
  Namespace,
  Dimensions,
  Period,
  Statistic,
  ExtendedStatistic,
}: MetricAlarm) =>
  Metrics && Metrics.length > 0
    ? Metrics
    : [
        {
          Id: 'm',
          MetricStat: { Metric: { MetricName, Namespace, Dimensions }, Period, Stat: Statistic ?? ExtendedStatistic },
        },
      ];

/** By the name of the topic. */
const tells = (actions: readonly string[] = [], topic: string) => actions.some((action) => action.includes(topic));

interface Alarm {
  readonly name: string;
  readonly state?: string;
  readonly description?: string;
  readonly critical: boolean;
  /** Tells nobody: another one looks at it. */
  readonly part: boolean;
}

const MACHINES = ['rollouts', 'failover'];

/** Throws a ConfigError where game days aren't deployed, or nobody may look. */
export async function deployed(config: Environment, account: string): Promise<Deployed> {
  const { name, region, recovery } = config;
  const names = Object.keys(EXPERIMENTS);
  const outputs = await outputsOf(`Holdfast-${name}-GameDays`, region, names.map(templateOutput));
  const watch = new CloudWatchClient({ region, ...PATIENCE });
  const prefix = `Holdfast-${name}-`;
  async function alarms() {
    const metric: MetricAlarm[] = [];
    const all: Alarm[] = [];
    const asked = { AlarmNamePrefix: prefix, AlarmTypes: ['MetricAlarm' as const, 'CompositeAlarm' as const] };
    for await (const page of paginateDescribeAlarms({ client: watch }, asked)) {
      metric.push(...(page.MetricAlarms ?? []));
      for (const each of [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])])
        all.push({
          name: each.AlarmName ?? '',
          state: each.StateValue,
          description: each.AlarmDescription,
          critical: tells(each.AlarmActions, 'Critical'),
          part: tells(each.AlarmActions, 'Parts'),
        });
    }
    return { metric, all };
  }
  return {
    fis: fisOf(await callerIn(region)),
    template: (experiment) => outputs[templateOutput(experiment)] ?? '',
    async ringing() {
      const { all } = await alarms();
      return all
        .filter(({ state }) => state === 'ALARM')
        .map((each) => each.name)
        .sort();
    },
    async underWay() {
      const asked = MACHINES.flatMap((machine) =>
        [region, ...(recovery ? [recovery.region] : [])].map(async (place) => {
          const stateMachineArn = `arn:aws:states:${place}:${account}:stateMachine:${prefix}${machine}`;
          const running = new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' });
          const { executions = [] } = await new SFNClient({ region: place, ...PATIENCE })
            .send(running)
            .catch((error: Error) => {
              if (error.name === 'StateMachineDoesNotExist') return { executions: [] };
              throw error;
            });
          return executions.map((execution) => `${machine} ${execution.name} in ${place}`);
        }),
      );
      return (await Promise.all(asked)).flat();
    },
    async series(alerts, from, to) {
      const { metric } = await alarms();
      const own = metric.filter(({ AlarmDescription }) => alerts.includes(alertOf(AlarmDescription)));
      return Promise.all(
        own.map(async (alarm): Promise<Series> => {
          const asked = { MetricDataQueries: queriesOf(alarm), StartTime: new Date(from), EndTime: new Date(to) };
          const { MetricDataResults = [] } = await watch.send(
            new GetMetricDataCommand({ ...asked, ScanBy: 'TimestampAscending' }),
          );
          const [{ Timestamps = [], Values = [] } = {}] = MetricDataResults;
          return {
            alert: alertOf(alarm.AlarmDescription),
            comparison: alarm.ComparisonOperator ?? '',
            threshold: alarm.Threshold ?? Number.NaN,
            points: Timestamps.map((at, index) => [at.getTime(), Values[index] ?? Number.NaN] as const),
          };
        }),
      );
    },
    async changes(from, to) {
      const telling = (await alarms()).all.filter(({ part }) => !part);
      const known = new Map(telling.map((each) => [each.name, each]));
      const found: Change[] = [];
      const asked = {
        HistoryItemType: 'StateUpdate' as const,
        AlarmTypes: ['MetricAlarm' as const, 'CompositeAlarm' as const],
        StartDate: new Date(from),
        EndDate: new Date(to),
        ScanBy: 'TimestampAscending' as const,
      };
      for await (const { AlarmHistoryItems = [] } of paginateDescribeAlarmHistory({ client: watch }, asked))
        for (const { AlarmName = '', Timestamp, HistoryData = '{}' } of AlarmHistoryItems) {
          const alarm = known.get(AlarmName);
          if (!alarm) continue; // another environment's, or a part of one that tells
          const state = JSON.parse(HistoryData).newState?.stateValue ?? '';
          found.push({
            alert: alertOf(alarm.description),
            critical: alarm.critical,
            at: Timestamp?.getTime() ?? 0,
            state,
          });
        }
      return found;
    },
  };
}

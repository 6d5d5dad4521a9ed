/** What of AWS's answers counts in a game day: which alarms tell, whose they are, and what is under way; with clients that a test plays. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SFNClient } from '@aws-sdk/client-sfn';
import { STSClient } from '@aws-sdk/client-sts';
import { gameDay } from '../../lib/commands/game-day';
import { deployed } from '../../lib/commands/game-day/deployed';
import { EXPERIMENTS, templateOutput } from '../../lib/game-days';
import { OPTIONS } from '../support/options';

const topic = (name: string) => [`arn:aws:sns:eu-west-1:111111111111:Holdfast-options-Alerting-Topics${name}1A2B`];
const alarm = (name: string, told: string, description: string, more: object = {}) => ({
  AlarmName: `Holdfast-options-${name}`,
  AlarmActions: topic(told),
  AlarmDescription: description,
  StateValue: 'OK',
  ...more,
});
const LATENCY = { Id: 'all', Expression: 'IF(requests > 10, latency, 0)' };
const METRIC = [
  alarm('Backend-LatencyPart', 'Parts', 'LatencyHigh: a part of that alarm, which tells.', {
    Metrics: [LATENCY],
    ComparisonOperator: 'GreaterThanThreshold',
    Threshold: 1,
  }),
  alarm('Backend-Unhealthy', 'Warning', 'UnhealthyServers: Servers fail. Runbook: x.md', {
    ...{ MetricName: 'UnHealthyHostCount', Namespace: 'AWS/ApplicationELB', Dimensions: [], Period: 60 },
    ...{ Statistic: 'Maximum', ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, StateValue: 'ALARM' },
  }),
];
const COMPOSITE = [
  alarm('Backend-Latency', 'Critical', 'LatencyHigh: Slow. Runbook: x.md', { StateValue: 'ALARM' }),
  alarm('GameDays-Stop', 'Parts', 'GameDayStop: ends an experiment, and tells nobody: the alarm behind it does.'),
];
const turned = (name: string, minute: number) => ({
  AlarmName: name,
  Timestamp: new Date(minute * 60_000),
  HistoryData: '{"newState":{"stateValue":"ALARM"}}',
});

const asked: { readonly what: string; readonly input: Readonly<Record<string, unknown>> }[] = [];
// biome-ignore lint/suspicious/noExplicitAny: any of the SDK's commands
const played = (answers: Readonly<Record<string, (input: any) => object>>) => async (command: any) => {
  const what = command.constructor.name;
  asked.push({ what, input: command.input });
  return answers[what]?.(command.input) ?? {};
};
// biome-ignore lint/suspicious/noExplicitAny: as above
const plays = (client: { prototype: any }, answers: Parameters<typeof played>[0]) =>
  jest.spyOn(client.prototype, 'send').mockImplementation(played(answers));

const environment = { ...process.env };
beforeEach(() => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  asked.length = 0;
  const outputs = Object.keys(EXPERIMENTS).map((name) => ({
    OutputKey: templateOutput(name),
    OutputValue: `EXT-${name}`,
  }));
  plays(CloudFormationClient, { DescribeStacksCommand: () => ({ Stacks: [{ Outputs: outputs }] }) });
  plays(CloudWatchClient, {
    DescribeAlarmsCommand: ({ NextToken }) =>
      NextToken ? { CompositeAlarms: COMPOSITE } : { MetricAlarms: METRIC, NextToken: '2' },
    DescribeAlarmHistoryCommand: () => ({
      AlarmHistoryItems: [
        turned('Holdfast-options-Backend-LatencyPart', 1),
        turned('Holdfast-options-Backend-Latency', 2),
        turned('Holdfast-options-GameDays-Stop', 2),
        turned('Holdfast-prod-Backend-Latency', 3),
      ],
    }),
    GetMetricDataCommand: () => ({ MetricDataResults: [{ Timestamps: [new Date(60_000)], Values: [3] }] }),
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = { ...environment };
});
const there = () => deployed(OPTIONS, '111111111111');

it('knows the template of each experiment, by the outputs of its stack', async () => {
  expect((await there()).template('zone-power')).toBe('EXT-zone-power');
  expect(asked[0]?.input).toEqual({ StackName: 'Holdfast-options-GameDays' });
});

it('sees whatever rings, on every page', async () => {
  expect(await (await there()).ringing()).toEqual([
    'Holdfast-options-Backend-Latency',
    'Holdfast-options-Backend-Unhealthy',
  ]);
});

it('counts a change of what tells somebody in this environment: no part, and not what ends an experiment', async () => {
  expect(await (await there()).changes(0, 300_000)).toEqual([
    { alert: 'LatencyHigh', critical: true, at: 120_000, state: 'ALARM' },
  ]);
});

it('measures what the alarms of an alert look at, its parts too, and with their thresholds', async () => {
  expect(await (await there()).series(['LatencyHigh', 'UnhealthyServers'], 0, 300_000)).toEqual([
    { alert: 'LatencyHigh', comparison: 'GreaterThanThreshold', threshold: 1, points: [[60_000, 3]] },
    { alert: 'UnhealthyServers', comparison: 'GreaterThanThreshold', threshold: 0, points: [[60_000, 3]] },
  ]);
  const [latency, unhealthy] = asked.filter(({ what }) => what === 'GetMetricDataCommand').map(({ input }) => input);
  expect(latency?.MetricDataQueries).toEqual([LATENCY]);
  expect(unhealthy?.MetricDataQueries).toEqual([
    {
      Id: 'm',
      MetricStat: {
        Metric: { MetricName: 'UnHealthyHostCount', Namespace: 'AWS/ApplicationELB', Dimensions: [] },
        Period: 60,
        Stat: 'Maximum',
      },
    },
  ]);
});

describe('what is under way', () => {
  const machines = (answer: (arn: string) => object) =>
    plays(SFNClient, { ListExecutionsCommand: ({ stateMachineArn }) => answer(stateMachineArn) });
  const named = (name: string) => Object.assign(new Error('no'), { name });

  it('is a rollout or failover that runs; a machine that there is none of moves nothing', async () => {
    machines((arn) => {
      if (arn.endsWith('-failover')) throw named('StateMachineDoesNotExist');
      return { executions: [{ name: 'release-1' }] };
    });
    expect(await (await there()).underWay()).toEqual(['rollouts release-1 in eu-west-1']);
  });

  it('is not taken for nothing where it may not be asked', async () => {
    machines(() => {
      throw named('AccessDeniedException');
    });
    await expect((await there()).underWay()).rejects.toThrow('no');
  });

  it('ends the command, which has begun nothing', async () => {
    jest.spyOn(console, 'log').mockImplementation();
    jest.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('{}'));
    plays(STSClient, {
      GetCallerIdentityCommand: () => ({ Account: '111111111111', Arn: 'arn:aws:iam::111111111111:user/jane' }),
    });
    machines(() => {
      throw Object.assign(named('AccessDeniedException'), { $fault: 'client' });
    });
    await expect(gameDay(['cpu-stress', '--env', OPTIONS.name], () => OPTIONS)).rejects.toThrow('no');
  });
});

/** A look at both regions from the second one: databases, balancers, fence, servers, alarms. Changes nothing. */
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeRulesCommand, DescribeTargetHealthCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { readState } from '../rollout/store';
import { moving } from '../rollout/under-way';
import { clientsOf } from './clients';
import { databasesOf } from './databases';
import { sideOf } from './decide';
import { fenceAnswer } from './fence';
import { replication } from './figures';
import type { FailoverInput, Place, Places, Waiting } from './places';
import { type Fleet, otherSide, type Seen, type Side } from './seen';

/** Of the second region. */
export interface Deployed {
  readonly bucket: string;
  /** ARN of the state machine. */
  readonly machine: string;
}

const TRIES = 3;
const ANSWER_MS = 3000;

/** Of the servers, or of the page of a site that somebody closed: neither is a region that is down. */
const WELL = ['healthy', 'maintenance'];

async function answersOnce(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) });
    return response.status === 200 && WELL.includes(((await response.json()) as { status?: string }).status ?? '');
  } catch {
    return false; // whatever it was, visitors get no better
  }
}

export async function answers(url: string): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) if (await answersOnce(url)) return true;
  return false;
}

async function sideSeen(place: Place): Promise<Side> {
  const [databases, isWell] = await Promise.all([databasesOf(place), answers(place.url)]);
  return { ...databases, answers: isWell };
}

/** Whether that region says that visitors are led to it. */
export async function fenceSeen(region: string, ruleArn: string): Promise<boolean> {
  const { Rules = [] } = await clientsOf(region).balancing.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }));
  return Rules[0]?.Actions?.[0]?.FixedResponseConfig?.StatusCode === fenceAnswer(true).StatusCode;
}

async function fleetSeen(region: string, bucket: string, name: string, waiting: Waiting): Promise<Fleet> {
  const { s3, autoScaling, balancing } = clientsOf(region);
  const stored = await readState(s3, bucket, name);
  const active = stored?.state.active ?? 'blue';
  const group = waiting.groups[active] ?? waiting.groups.blue;
  const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] });
  const [found] = (await autoScaling.send(asked)).AutoScalingGroups ?? [];
  if (!found) throw new Error(`${group}: expected an auto scaling group of that name in ${region}, got none`);
  const inService = (found.Instances ?? []).filter(({ LifecycleState }) => LifecycleState === 'InService').length;
  const TargetGroupArn = waiting.targetGroups?.[active];
  const targets = TargetGroupArn
    ? (await balancing.send(new DescribeTargetHealthCommand({ TargetGroupArn }))).TargetHealthDescriptions
    : undefined;
  const well = targets?.filter(({ TargetHealth }) => TargetHealth?.State === 'healthy').length ?? inService;
  return {
    name,
    group,
    min: found.MinSize ?? 0,
    desired: found.DesiredCapacity ?? 0,
    healthy: Math.min(well, inService),
    moving: stored !== undefined && moving(stored.state) !== undefined,
  };
}

/** The longest beginning that all have: one question for all of them. */
function shared(all: readonly string[]): string {
  const [first = '', ...others] = all;
  const length = [...first].findIndex((_, at) => others.some((other) => other[at] !== first[at]));
  return length < 0 ? first : first.slice(0, length);
}

async function alarmsOf(region: string, quiet: readonly string[]): Promise<Seen['alarms']> {
  if (quiet.length === 0) return [];
  const found: Seen['alarms'][number][] = [];
  let NextToken: string | undefined;
  do {
    const page = await clientsOf(region).cloudWatch.send(
      new DescribeAlarmsCommand({
        AlarmNamePrefix: shared(quiet),
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        NextToken,
      }),
    );
    for (const { AlarmName = '', ActionsEnabled = true } of [
      ...(page.MetricAlarms ?? []),
      ...(page.CompositeAlarms ?? []),
    ])
      if (quiet.some((prefix) => AlarmName.startsWith(prefix))) found.push({ name: AlarmName, tells: ActionsEnabled });
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

async function othersThan(region: string, id: string, stateMachineArn: string): Promise<readonly string[]> {
  const asked = new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' });
  const { executions = [] } = await clientsOf(region).machines.send(asked);
  return executions.map(({ name = '' }) => name).filter((name) => !name.startsWith(id));
}

export async function look(input: FailoverInput, places: Places, deployed: Deployed): Promise<Omit<Seen, 'since'>> {
  const { first, second, fence: rule, services, quiet } = places;
  const { region } = second;
  const now = Date.now();
  const to = sideOf(places, input.to) ?? 'second';
  const [one, other, fence, fleets, alarms, figures, others] = await Promise.all([
    sideSeen(first),
    sideSeen(second),
    fenceSeen(region, rule),
    Promise.all(Object.entries(services).map(([name, each]) => fleetSeen(region, deployed.bucket, name, each))),
    alarmsOf(region, quiet),
    replication(places, places[to], places[otherSide(to)], now),
    input.begun ? [] : othersThan(region, input.id, deployed.machine),
  ]);
  if (!other.databases) throw new Error(`${region}: expected answers of RDS there, got none`);
  return { now, first: one, second: other, fence, fleets, alarms, replication: figures, others };
}

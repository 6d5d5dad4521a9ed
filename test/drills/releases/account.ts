/** The emulated account as a drill of releases sees and touches it: groups, weights, states, executions. Judges nothing. */
import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { groupName } from '../../../constructs/release/rolled-service';
import type { Colour, ServiceState } from '../../../lambda/rollout/state';
import { readState } from '../../../lambda/rollout/store';
import { type Cloud, client, outputs } from '../../../lib/rehearsal/aws';

export type Weights = Readonly<Record<Colour, number>>;

export interface Group {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** Instances by id. */
  readonly all: readonly string[];
  readonly inService: readonly string[];
}

const groupOf = ({ MinSize, MaxSize, DesiredCapacity, Instances = [] }: AutoScalingGroup): Group => ({
  min: MinSize ?? 0,
  max: MaxSize ?? 0,
  desired: DesiredCapacity ?? 0,
  all: Instances.map(({ InstanceId = '' }) => InstanceId),
  inService: Instances.filter(({ LifecycleState }) => LifecycleState === 'InService').map(
    ({ InstanceId = '' }) => InstanceId,
  ),
});

export class Account {
  readonly groupsClient: AutoScalingClient;
  readonly #balancing: ElasticLoadBalancingV2Client;
  readonly s3: S3Client;
  readonly #machines: SFNClient;
  readonly #watch: CloudWatchClient;

  private constructor(
    readonly cloud: Cloud,
    readonly region: string,
    readonly environment: string,
    readonly bucket: string,
    readonly targetGroups: Readonly<Record<Colour, string>>,
    readonly listener: string,
    readonly machine: string,
  ) {
    const settings = client(cloud, region);
    this.groupsClient = new AutoScalingClient(settings);
    this.#balancing = new ElasticLoadBalancingV2Client(settings);
    this.s3 = new S3Client({ ...settings, forcePathStyle: true });
    this.#machines = new SFNClient(settings);
    this.#watch = new CloudWatchClient(settings);
  }

  static async of(cloud: Cloud, region: string, environment: string): Promise<Account> {
    const backend = await outputs(cloud, region, `Holdfast-${environment}-Backend`);
    const { RolloutMachineArn = '' } = await outputs(cloud, region, `Holdfast-${environment}-Rollouts`);
    const targets = { blue: backend.TargetGroupArn ?? '', green: backend.GreenTargetGroupArn ?? '' };
    const balancing = new ElasticLoadBalancingV2Client(client(cloud, region));
    const { LoadBalancers = [] } = await balancing.send(new DescribeLoadBalancersCommand({}));
    const balancer = LoadBalancers.find(({ DNSName }) => DNSName === backend.LoadBalancerDnsName);
    const asked = new DescribeListenersCommand({ LoadBalancerArn: balancer?.LoadBalancerArn });
    const { Listeners = [] } = await balancing.send(asked);
    const listener = Listeners.find(({ Port }) => Port === 80)?.ListenerArn ?? '';
    return new Account(
      cloud,
      region,
      environment,
      backend.ReleaseBucketName ?? '',
      targets,
      listener,
      RolloutMachineArn,
    );
  }

  async weights(): Promise<Weights> {
    const asked = new DescribeListenersCommand({ ListenerArns: [this.listener] });
    const { Listeners: [found] = [] } = await this.#balancing.send(asked);
    const groups = found?.DefaultActions?.[0]?.ForwardConfig?.TargetGroups ?? [];
    const of = (colour: Colour) =>
      groups.find(({ TargetGroupArn }) => TargetGroupArn === this.targetGroups[colour])?.Weight ?? 0;
    return { blue: of('blue'), green: of('green') };
  }

  /** As somebody does in the console. */
  async setWeights(weights: Weights): Promise<void> {
    const TargetGroups = (['blue', 'green'] as const).map((colour) => ({
      TargetGroupArn: this.targetGroups[colour],
      Weight: weights[colour],
    }));
    const action = { Type: 'forward', ForwardConfig: { TargetGroups } } as const;
    await this.#balancing.send(new ModifyListenerCommand({ ListenerArn: this.listener, DefaultActions: [action] }));
  }

  async groups(service = 'backend'): Promise<Readonly<Record<Colour, Group>>> {
    const names = [groupName(this.environment, service, 'blue'), groupName(this.environment, service, 'green')];
    const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: names });
    const { AutoScalingGroups: found = [] } = await this.groupsClient.send(asked);
    const of = (name?: string) =>
      groupOf(found.find(({ AutoScalingGroupName }) => AutoScalingGroupName === name) ?? ({} as AutoScalingGroup));
    return { blue: of(names[0]), green: of(names[1]) };
  }

  async state(service = 'backend'): Promise<ServiceState> {
    const stored = await readState(this.s3, this.bucket, service);
    if (!stored) throw new Error(`services/${service}.json: expected a state, got none`);
    return stored.state;
  }

  /** Ports of the healthy targets. */
  async healthy(colour: Colour): Promise<readonly number[]> {
    const asked = new DescribeTargetHealthCommand({ TargetGroupArn: this.targetGroups[colour] });
    const { TargetHealthDescriptions: found = [] } = await this.#balancing.send(asked);
    return found.filter(({ TargetHealth }) => TargetHealth?.State === 'healthy').map(({ Target }) => Target?.Port ?? 0);
  }

  /** Names of the Backend stack's. */
  async alarms(): Promise<readonly string[]> {
    const asked = new DescribeAlarmsCommand({
      AlarmNamePrefix: `Holdfast-${this.environment}-Backend-`,
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      MaxRecords: 100,
    });
    const { MetricAlarms = [], CompositeAlarms = [] } = await this.#watch.send(asked);
    return [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName = '' }) => AlarmName);
  }

  /** Ends what runs of the machine. @returns how many that were */
  async stopMachine(): Promise<number> {
    const asked = { stateMachineArn: this.machine, statusFilter: 'RUNNING' } as const;
    const { executions = [] } = await this.#machines.send(new ListExecutionsCommand(asked));
    for (const { executionArn } of executions)
      await this.#machines.send(new StopExecutionCommand({ executionArn, cause: 'a drill' }));
    return executions.length;
  }
}

/** What the loss of a region is drilled on: production in both regions of the local system, with visitors under its public name, and the calls of AWS that a loss and a failover consist of. */
import { mkdirSync, rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  DescribeDBInstancesCommand,
  ModifyDBParameterGroupCommand,
  PromoteReadReplicaCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { environment } from '../../../lib/config';
import type { Environment } from '../../../lib/config/environment';
import { standbyOf } from '../../../lib/config/recovery';
import { client, healthy } from '../../../lib/rehearsal/aws';
import { freePort } from '../../../lib/rehearsal/ports';
import { until } from '../../../lib/rehearsal/process';
import { postgresSays } from '../../../lib/rehearsal/standbys';
import { type System, startSystem } from '../../../lib/rehearsal/system';
import { KINDS, type Kind } from '../kinds';
import { Visitors } from '../visitors';

const STATE = '.holdfast/drills/regions';
const AVAILABLE_MS = 60_000;
const FENCE = '/.holdfast/active';

const base = environment('prod');
const { channels: _, ...alerts } = base.alerts;
const { group: __, ...workers } = base.workers;
/** Production without the people who would be woken, and no bigger than this machine bears. */
const CONFIG: Environment = {
  ...base,
  alerts,
  workers,
  fleet: { ...base.fleet, databasePool: 4, requestsPer15Minutes: 1_000_000 },
  database: { ...base.database, replicas: 0 },
};

/** By token, which every region knows: sessions begin anew after a failover. */
const ordering: Kind = {
  perSecond: 4,
  ask: (held, number) => {
    const asked = KINDS.order.ask(held, number);
    const { cookie: _cookie, ...headers } = asked.request.headers ?? {};
    const { bearer = '' } = held.tokens[number % held.tokens.length] ?? {};
    return { ...asked, request: { ...asked.request, headers: { ...headers, authorization: `Bearer ${bearer}` } } };
  },
};
/** 8 a second: the emulator's balancer is one thread. Without logins: a busy machine refuses some of those. */
const MIX: Readonly<Record<string, Kind>> = {
  product: { ...KINDS.product, perSecond: 2 },
  tokenProfile: { ...KINDS.tokenProfile, perSecond: 2 },
  order: ordering,
};
export const READS = ['product', 'tokenProfile'];

interface Place {
  readonly region: string;
  /** Of its database, as RDS and the local system know it. */
  readonly database: { readonly region: string; readonly name: string };
}

const standby = standbyOf(CONFIG) as NonNullable<ReturnType<typeof standbyOf>>;
const place = (region: string, stack: string): Place => ({
  region,
  database: { region, name: `holdfast-${CONFIG.name}-${stack}-primary` },
});
export const FIRST = place(CONFIG.region, 'data');
export const SECOND = place(standby.region, 'datarecovery');

export class RegionWorld {
  private constructor(
    readonly system: System,
    readonly visitors: Visitors,
  ) {}

  static async start(say: (step: string) => void): Promise<RegionWorld> {
    rmSync(STATE, { recursive: true, force: true });
    mkdirSync(STATE, { recursive: true });
    const { synthesised } = await import('../releases/assembly'); // brings the CDK
    const assembly = synthesised(`${STATE}/assembly`, CONFIG, 'nothing');
    const system = await startSystem({ config: CONFIG, port: await freePort(), state: STATE, assembly, say });
    const visitors = new Visitors(system.cloud.endpoint, { host: CONFIG.domain?.name, kinds: MIX, atOnce: 1 });
    const world = new RegionWorld(system, visitors);
    try {
      await visitors.comeIn();
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  async stop(): Promise<void> {
    await this.visitors.close();
    await this.system.stop();
  }

  /** One statement on the real server behind an instance. */
  says = async ({ database }: Place, sql: string) =>
    postgresSays({ host: '127.0.0.1', port: await this.system.databases.port(database) }, sql);

  /** Its APIs, its balancer, its servers and its database, at once. */
  async lose({ region, database }: Place): Promise<void> {
    await this.#fault('PUT', region);
    process.kill(-(this.system.databases.running(database)?.pid ?? Number.NaN), 'SIGKILL');
  }

  async comeBack(place: Place): Promise<void> {
    await this.system.databases.startAgain(place.database);
    await until('its database', async () => (await this.says(place, 'select 1')).length > 0, AVAILABLE_MS);
    await this.#fault('DELETE', place.region);
  }

  healthy = ({ region }: Place) => healthy(this.system.cloud, region);

  /** Seconds that the replica was behind when it was last looked at. */
  async lag({ database }: Place): Promise<number | undefined> {
    const [StartTime, EndTime] = [new Date(Date.now() - 60_000), new Date(Date.now() + 1000)];
    const { Datapoints = [] } = await new CloudWatchClient(this.#client(database.region)).send(
      new GetMetricStatisticsCommand({
        ...{ Namespace: 'AWS/RDS', MetricName: 'ReplicaLag', Period: 60, Statistics: ['Maximum'], StartTime, EndTime },
        Dimensions: [{ Name: 'DBInstanceIdentifier', Value: database.name }],
      }),
    );
    return Datapoints[0]?.Maximum;
  }

  /** Says whether the second region is the one that writes, as its health check hears it. */
  async fence(active: boolean): Promise<void> {
    const elb = new ElasticLoadBalancingV2Client(this.#client(SECOND.region));
    const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({}));
    for (const { LoadBalancerArn } of LoadBalancers.filter(({ Type }) => Type === 'application')) {
      const { Listeners = [] } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn }));
      for (const { ListenerArn } of Listeners) {
        const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn }));
        for (const { RuleArn, Conditions } of Rules.filter((rule) => JSON.stringify(rule).includes(FENCE)))
          await elb.send(
            new ModifyRuleCommand({
              RuleArn,
              Conditions: Conditions?.map(({ Field, Values }) => ({ Field, Values })),
              Actions: [
                {
                  Type: 'fixed-response',
                  FixedResponseConfig: { StatusCode: active ? '200' : '503', ContentType: 'text/plain' },
                },
              ],
            }),
          );
      }
    }
  }

  async promote({ region, database }: Place): Promise<void> {
    const rds = new RDSClient(this.#client(region));
    const DBInstanceIdentifier = database.name;
    await rds.send(new PromoteReadReplicaCommand({ DBInstanceIdentifier, BackupRetentionPeriod: 14 }));
    await until(
      `${database.name} available`,
      async () => {
        const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
        return DBInstances[0]?.DBInstanceStatus === 'available';
      },
      AVAILABLE_MS,
    );
  }

  /** Whoever reaches the old servers writes nothing. */
  async readOnly({ region, database }: Place): Promise<void> {
    const rds = new RDSClient(this.#client(region));
    const { DBInstances: [found] = [] } = await rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: database.name }),
    );
    await rds.send(
      new ModifyDBParameterGroupCommand({
        DBParameterGroupName: found?.DBParameterGroups?.[0]?.DBParameterGroupName,
        Parameters: [{ ParameterName: 'default_transaction_read_only', ParameterValue: '1', ApplyMethod: 'immediate' }],
      }),
    );
  }

  /** The group that serves there, to what the first region's must have. */
  async grow({ region }: Place): Promise<void> {
    const scaling = new AutoScalingClient(this.#client(region));
    const { AutoScalingGroups = [] } = await scaling.send(new DescribeAutoScalingGroupsCommand({}));
    for (const { AutoScalingGroupName, DesiredCapacity = 0 } of AutoScalingGroups)
      if (DesiredCapacity > 0)
        await scaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, MinSize: CONFIG.fleet.min }));
  }

  /** Milliseconds of performance.now() at which that was so for the first time. */
  async since(what: string, holds: () => boolean | Promise<boolean>, withinMs: number): Promise<number> {
    await until(what, async () => holds(), withinMs);
    return performance.now();
  }

  #client = (region: string) => client(this.system.cloud, region);

  async #fault(method: 'PUT' | 'DELETE', region: string): Promise<void> {
    await fetch(`${this.system.cloud.endpoint}/_holdfast/lost-regions/${region}`, { method });
  }
}

/** What the loss of a region is drilled on: production in both regions of the local system, with visitors under its public name, its loss and return, and the command that fails over. */
import { mkdirSync, rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Event } from '../../../lib/commands/failover/tasks';
import { environment } from '../../../lib/config';
import type { Environment } from '../../../lib/config/environment';
import { standbyOf } from '../../../lib/config/recovery';
import { client, healthy } from '../../../lib/rehearsal/aws';
import { freePort } from '../../../lib/rehearsal/ports';
import { until } from '../../../lib/rehearsal/process';
import { postgresSays } from '../../../lib/rehearsal/standbys';
import { type System, startSystem } from '../../../lib/rehearsal/system';
import { called } from '../called';
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

let running: RegionWorld | undefined;

export class RegionWorld {
  private constructor(
    readonly system: System,
    readonly visitors: Visitors,
  ) {}

  /** Anew: the first region writes. The one before ends. */
  static async start(say: (step: string) => void): Promise<RegionWorld> {
    await RegionWorld.end();
    rmSync(STATE, { recursive: true, force: true });
    mkdirSync(STATE, { recursive: true });
    const { synthesised } = await import('../releases/assembly'); // brings the CDK
    const assembly = synthesised(`${STATE}/assembly`, CONFIG, 'nothing');
    const system = await startSystem({ config: CONFIG, port: await freePort(), state: STATE, assembly, say });
    const visitors = new Visitors(system.cloud.endpoint, { host: CONFIG.domain?.name, kinds: MIX, atOnce: 1 });
    running = new RegionWorld(system, visitors);
    await visitors.comeIn();
    return running;
  }

  /** The one that is, as a drill left it. */
  static get left(): RegionWorld | undefined {
    return running;
  }

  static async end(): Promise<void> {
    const world = running;
    running = undefined;
    await world?.visitors.close();
    await world?.system.stop();
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

  /** `npm run failover` to that region, agreed to. */
  failover = ({ region }: Place, words: readonly string[] = [], hear?: (event: Event) => void) =>
    called<Event>({
      command: 'test/drills/regions/command.ts',
      cloud: this.system.cloud,
      config: CONFIG,
      words: ['--to', region, '--agreed', ...words],
      hear,
    });

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

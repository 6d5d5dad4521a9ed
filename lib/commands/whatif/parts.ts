/** The roles that resources play in a system of ours, found by their types and links, never by their names. */
import type { Environment } from '../../config/environment';
import { standbyOf } from '../../config/recovery';
import type { Resource } from '../assembly';
import { chainOf, type Tier } from '../failover-report/chain';
import { limitsOf } from '../limits';
import type { Graph } from './graph';

/** Servers of one launch template, in one auto scaling group or in several. */
export interface Service {
  readonly template: Resource;
  readonly groups: readonly Resource[];
  /** Behind a balancer. */
  readonly targets: readonly Resource[];
  readonly min: number;
  readonly zones: readonly string[];
  /** NAT gateways, by the zone of the servers that use them. */
  readonly nat: ReadonlyMap<string, Resource>;
}

/** What serves visitors in one region. */
export interface Serving {
  readonly services: readonly Service[];
  readonly balancers: readonly Resource[];
  readonly primaries: readonly Resource[];
  readonly replicas: readonly Resource[];
  readonly sessions: readonly Resource[];
  /** Queues of services, without those for dead letters. */
  readonly queues: readonly Resource[];
}

/** What waits in the second region; its database is a replica. */
export interface Waiting extends Serving {
  readonly region: string;
}

/** Those of the first region, and what is of none. */
export interface Parts extends Serving {
  readonly graph: Graph;
  readonly config: Environment;
  readonly standby?: Waiting;
  readonly distribution?: Resource;
  /** Of the public name; empty without one. */
  readonly chain: readonly Tier[];
  /** Functions that a schedule starts. */
  readonly probes: readonly Resource[];
}

export const ofType = ({ resources }: Graph, type: string) => resources.filter((resource) => resource.type === type);

/** Route tables tell by which gateway a subnet goes out. */
function natOf(graph: Graph, subnet: Resource): Resource | undefined {
  const tables = graph
    .dependents(subnet)
    .filter(({ from }) => from.type === 'AWS::EC2::SubnetRouteTableAssociation')
    .flatMap(({ from }) => graph.from(from, 'RouteTableId'));
  return ofType(graph, 'AWS::EC2::Route')
    .filter((route) => graph.from(route, 'RouteTableId').some((table) => tables.includes(table)))
    .flatMap((route) => graph.from(route, 'NatGatewayId'))[0];
}

function servicesOf(graph: Graph): readonly Service[] {
  const all = ofType(graph, 'AWS::AutoScaling::AutoScalingGroup');
  const templates = new Set(all.flatMap((group) => graph.from(group, 'LaunchTemplate')));
  return [...templates].flatMap((template) => {
    const groups = all.filter((group) => graph.from(group, 'LaunchTemplate').includes(template));
    const [first] = groups;
    if (!first) return [];
    const targets = [...new Set(groups.flatMap((group) => graph.from(group, 'TargetGroupARNs')))];
    const subnets = [...new Set(groups.flatMap((group) => graph.from(group, 'VPCZoneIdentifier')))];
    const nat = subnets.flatMap((subnet) => {
      const gateway = natOf(graph, subnet);
      return gateway ? graph.zones(subnet).map((zone) => [zone, gateway] as const) : [];
    });
    return {
      template,
      groups,
      targets,
      min: limitsOf(graph.stacks, first).min,
      zones: [...new Set(subnets.flatMap(graph.zones))],
      nat: new Map(nat),
    };
  });
}

function servingIn(graph: Graph, region: string): Serving {
  const there = (type: string) => ofType(graph, type).filter(({ stack }) => stack.region === region);
  const services = servicesOf(graph).filter(({ template }) => template.stack.region === region);
  const databases = there('AWS::RDS::DBInstance');
  const used = new Set(services.flatMap(({ template }) => graph.from(template)));
  return {
    services,
    balancers: there('AWS::ElasticLoadBalancingV2::LoadBalancer').filter(
      ({ properties }) => properties.Type !== 'network', // fixed addresses, which no name of visitors leads to
    ),
    primaries: databases.filter(({ properties }) => properties.SourceDBInstanceIdentifier === undefined),
    replicas: databases.filter(({ properties }) => properties.SourceDBInstanceIdentifier !== undefined),
    sessions: there('AWS::ElastiCache::ReplicationGroup'),
    queues: there('AWS::SQS::Queue').filter((queue) => used.has(queue)),
  };
}

export function partsOf(graph: Graph, config: Environment): Parts {
  const region = standbyOf(config)?.region;
  return {
    graph,
    config,
    ...servingIn(graph, config.region),
    ...(region && { standby: { region, ...servingIn(graph, region) } }),
    distribution: ofType(graph, 'AWS::CloudFront::Distribution')[0],
    chain: config.domain ? chainOf(graph.stacks, config.domain.name) : [],
    probes: ofType(graph, 'AWS::Scheduler::Schedule')
      .flatMap((schedule) => graph.from(schedule, 'Target'))
      .filter(({ type }) => type === 'AWS::Lambda::Function'),
  };
}

/** What a function is given; by name. */
export const variablesOf = ({ properties }: Resource): Readonly<Record<string, unknown>> =>
  (properties.Environment as { readonly Variables?: Readonly<Record<string, unknown>> } | undefined)?.Variables ?? {};

/** What depends on what in an environment: the resources of all its stacks and regions, and typed links between them. Loses nothing. */
import { type Resource, references, type Stack, spelt } from '../assembly';

export type Link = 'stands in' | 'encrypted by' | 'opens with' | 'goes out by' | 'copies' | 'tells' | 'uses';

export interface Edge {
  readonly from: Resource;
  readonly to: Resource;
  readonly link: Link;
}

export interface Graph {
  readonly stacks: readonly Stack[];
  readonly resources: readonly Resource[];
  /** What a resource refers to, or one of its properties does. */
  readonly from: (resource: Resource, property?: string) => readonly Resource[];
  readonly links: (resource: Resource) => readonly Edge[];
  readonly dependents: (resource: Resource) => readonly Edge[];
  /** Zones in which it stands, by its subnets; none for what belongs to a region or to the world. */
  readonly zones: (resource: Resource) => readonly string[];
}

const SUBNET = 'AWS::EC2::Subnet';
const OPENS = 'opens with';

/** By the type that is referred to. */
const LINKS: Readonly<Record<string, Link>> = {
  [SUBNET]: 'stands in',
  'AWS::RDS::DBSubnetGroup': 'stands in',
  'AWS::ElastiCache::SubnetGroup': 'stands in',
  'AWS::KMS::Key': 'encrypted by',
  'AWS::SecretsManager::SecretTargetAttachment': OPENS,
  'AWS::SecretsManager::Secret': OPENS,
  'AWS::EC2::NatGateway': 'goes out by',
  'AWS::SNS::Topic': 'tells',
};

/** What runs in no region of its own, wherever its stack is. */
const GLOBAL = /^AWS::(CloudFront|Route53)::/;
export const isGlobal = ({ type }: Resource) => GLOBAL.test(type);

const linkOf = (from: Resource, to: Resource): Link =>
  from.type === to.type && from.type === 'AWS::RDS::DBInstance' ? 'copies' : (LINKS[to.type] ?? 'uses');

export function graphOf(stacks: readonly Stack[]): Graph {
  const resources = stacks.flatMap((stack) => stack.resources);
  const at = new Map(resources.map((resource) => [resource.key, resource]));
  const referred = (resource: Resource, value: unknown) =>
    [...new Set(references(stacks, resource.stack, value))].flatMap((key) => at.get(key) ?? []);
  const out = new Map<Resource, readonly Edge[]>();
  const into = new Map<Resource, Edge[]>();
  for (const from of resources) {
    const edges = referred(from, from.properties).map((to) => ({ from, to, link: linkOf(from, to) }));
    out.set(from, edges);
    for (const edge of edges) into.set(edge.to, [...(into.get(edge.to) ?? []), edge]);
  }
  const links = (resource: Resource) => out.get(resource) ?? [];
  const zones = (resource: Resource): readonly string[] =>
    resource.type === SUBNET
      ? [spelt(resource, 'AvailabilityZone')]
      : [...new Set(links(resource).flatMap(({ to, link }) => (link === 'stands in' ? zones(to) : [])))].sort();
  return {
    stacks,
    resources,
    links,
    dependents: (resource) => into.get(resource) ?? [],
    from: (resource, property) =>
      property === undefined ? links(resource).map(({ to }) => to) : referred(resource, resource.properties[property]),
    zones,
  };
}

/** Short name for people: stack and logical id, without what CDK appends. */
export const labelOf = ({ key }: Resource) => key.replace(/[0-9a-f]{32}$|[0-9A-F]{8}$/, '');

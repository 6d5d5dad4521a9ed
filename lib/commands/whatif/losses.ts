/** What may be lost: every single part of an environment, by the name that the command takes. Says not what follows. */
import { ConfigError } from '../../config/config-error';
import type { Resource } from '../assembly';
import { nearest } from '../nearest';
import { isGlobal, labelOf } from './graph';
import { ofType, type Parts, type Serving } from './parts';

/** Of a resource: all of it, alone or with its region, its copies in a zone, one copy of several, or the one that leads them. */
export type Hit = 'all' | 'region' | 'zone' | 'one' | 'first';

export interface Loss {
  readonly kind: string;
  readonly name: string;
  readonly hit: (resource: Resource) => Hit | undefined;
  readonly zone?: string;
  /** Whose alarms and functions are lost too. */
  readonly regions: readonly string[];
}

type Row<T> = readonly [kind: string, hit: Hit, of: (parts: T) => readonly Resource[]];

/** What each region has, by kind: what is hit, and how; a service is its launch template. */
const SERVING: readonly Row<Serving>[] = [
  ['instance', 'one', ({ services }) => services.filter(({ targets }) => targets.length > 0).map((s) => s.template)],
  ['worker', 'one', ({ services }) => services.filter(({ targets }) => targets.length === 0).map((s) => s.template)],
  ['balancer', 'all', ({ balancers }) => balancers],
  ['Redis primary', 'first', ({ sessions }) => sessions],
  [
    'Redis node',
    'one',
    ({ sessions }) => sessions.filter(({ properties }) => Number(properties.ReplicasPerNodeGroup) > 0),
  ],
  ['database primary', 'one', ({ primaries }) => primaries],
  ['replica', 'one', ({ replicas }) => replicas],
];

const PARTS: readonly Row<Parts>[] = [
  ['NAT', 'all', ({ graph }) => ofType(graph, 'AWS::EC2::NatGateway')],
  ['bucket', 'all', ({ graph }) => ofType(graph, 'AWS::S3::Bucket')],
  ['CloudFront', 'all', ({ distribution }) => (distribution ? [distribution] : [])],
  ['queue', 'all', ({ graph }) => ofType(graph, 'AWS::SQS::Queue')],
  ['probe', 'all', ({ probes }) => probes],
  ['SNS topic', 'all', ({ graph }) => ofType(graph, 'AWS::SNS::Topic')],
  ['KMS key', 'all', ({ graph }) => ofType(graph, 'AWS::KMS::Key')],
  ['secret', 'all', ({ graph }) => ofType(graph, 'AWS::SecretsManager::Secret')],
];

/** Every single loss, those of places first. */
export function lossesOf(parts: Parts): readonly Loss[] {
  const { graph } = parts;
  const zones = [...new Set(ofType(graph, 'AWS::EC2::Subnet').flatMap(graph.zones))].sort();
  const regions = [...new Set(graph.stacks.map(({ region }) => region))].sort();
  const zoneLosses = zones.map(
    (zone): Loss => ({
      kind: 'zone',
      name: `zone ${zone}`,
      zone,
      hit: (resource) => (graph.zones(resource).includes(zone) ? 'zone' : undefined),
      regions: [],
    }),
  );
  /** `where`: of what waits in the second region. */
  const named = (kind: string, hit: Hit, all: readonly Resource[], where = ''): readonly Loss[] =>
    all.map((lost) => ({
      kind,
      name: `${kind}${where}${all.length === 1 ? '' : ` ${kind === 'NAT' ? graph.zones(lost).join(' ') : labelOf(lost)}`}`,
      hit: (resource) => (resource === lost ? hit : undefined),
      regions: [],
    }));
  const { standby } = parts;
  const partLosses = [
    ...SERVING.flatMap(([kind, hit, of]) => named(kind, hit, of(parts))),
    ...(standby ? SERVING.flatMap(([kind, hit, of]) => named(kind, hit, of(standby), ` in ${standby.region}`)) : []),
    ...PARTS.flatMap(([kind, hit, of]) => named(kind, hit, of(parts))),
  ];
  const regionLosses = regions.map(
    (region): Loss => ({
      kind: 'region',
      name: `region ${region}`,
      hit: (resource) => (resource.stack.region === region && !isGlobal(resource) ? 'region' : undefined),
      regions: [region],
    }),
  );
  const account: Loss = { kind: 'account', name: 'account', hit: () => 'region', regions };
  return [...zoneLosses, ...partLosses, ...regionLosses, account];
}

/** By its name, upper or lower case. Throws a ConfigError with what may have been meant. */
export function lossNamed(losses: readonly Loss[], name: string): Loss {
  const found = losses.find((loss) => loss.name.toLowerCase() === name.trim().toLowerCase());
  if (found) return found;
  const known = losses.map((loss) => loss.name);
  throw new ConfigError(
    `loss: expected one that can happen here, such as ${nearest(name, known).join(', ')} (--list has all); got '${name}'`,
  );
}

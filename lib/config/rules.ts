/** What must hold between the values of an environment; each rule names the path it faults. Shapes are the schema's. */
import { ALERTS, type Row, rowOf } from '../alerts';
import { CHANNEL_RULES } from './alert-channels';
import { BACKUP_RULES } from './backups';
import { overlaps } from './cidr';
import { DNS_RULES } from './dns-rules';
import { DURABILITY_RULES } from './durability';
import { EDGE_REGION } from './edge-region';
import type { Environment } from './environment';
import { fleetFaults } from './fleet-rules';
import { GAME_DAY_RULES } from './game-days';
import { maxConnections } from './instances';
import { OPT_OUTS } from './opt-outs';
import { KNOWN_REGIONS } from './prefix-lists';
import { PROBE_RULES } from './probes';
import { RECOVERY_RULES } from './recovery';
import { RELEASE_RULES } from './releases';
import { type Rule, unless } from './rule';
import { lostWithZone, serversAtPeak } from './servers';
import { SERVICE_RULES, serviceConnections } from './services';

/** Two generations of servers stand side by side in a rollout, so twice their connections must fit. A worker keeps one for itself. */
const connections = (environment: Environment) => {
  const { fleet, workers } = environment;
  const backends = fleet.max * fleet.processes * fleet.databasePool;
  return 2 * (backends + serviceConnections(environment) + (workers.group ?? fleet).max * (workers.jobsAtOnce + 1));
};
const CONNECTION_SHARE = 0.8;
const NODES_PER_CLUSTER = 90;

/** Why an alert can't have this threshold. */
function unfitting(row: Row | undefined, value: number): string | undefined {
  if (row?.kind === 'composite') return 'none: it has the thresholds of its parts';
  if (row?.kind === 'burnRate') return 'none: alerts.slo says what is good enough';
  if (row?.kind === 'anomaly' && value <= 0) return 'a width above 0, in standard deviations';
  return undefined;
}

export const RULES: readonly Rule[] = [
  ({ preset }) =>
    unless(
      preset === 'horizontal' || preset === 'multi-region',
      'preset',
      "'horizontal' or 'multi-region' (the others are not yet built)",
      preset,
    ),
  ({ region, zones }) =>
    zones.flatMap((zone, index) =>
      unless(zone.startsWith(region), `zones[${index}]`, `a zone of ${region}, such as '${region}a'`, zone),
    ),
  ({ zones }) => unless(new Set(zones).size === zones.length, 'zones', 'zones that differ', zones),
  ({ region }) =>
    unless(region !== EDGE_REGION, 'region', `another region than ${EDGE_REGION}, which holds the edge stacks`, region),
  ({ region }) =>
    unless(
      region === EDGE_REGION || KNOWN_REGIONS.includes(region),
      'region',
      `one of ${KNOWN_REGIONS.join(', ')}`,
      region,
    ),
  ({ network, zones }) =>
    unless(
      network.natGateways <= zones.length,
      'network.natGateways',
      `at most one for each zone (${zones.length})`,
      network.natGateways,
    ),
  ({ network }) =>
    (network.peers ?? []).flatMap((peer, index) =>
      unless(
        !overlaps(peer, network.cidr),
        `network.peers[${index}]`,
        `a range apart from network.cidr (${network.cidr})`,
        peer,
      ),
    ),
  ({ fleet }) => fleetFaults('fleet', fleet),
  ({ fleet, zones }) => {
    const { peak = 0 } = fleet;
    const servers = serversAtPeak(fleet);
    const left = servers - lostWithZone(servers, zones.length);
    return unless(
      peak <= left,
      'fleet.peak',
      `at most the ${left} servers left of ${servers} when one of ${zones.length} zones is lost (fleet.max, fleet.upAboveCpu)`,
      peak,
    );
  },
  ({ workers: { group } }) =>
    group
      ? unless(group.max >= group.min, 'workers.group.max', `at least workers.group.min (${group.min})`, group.max)
      : [],
  ({ balancing: { algorithm, slowStartSeconds } }) =>
    unless(
      slowStartSeconds === undefined || algorithm === 'round-robin',
      'balancing.slowStartSeconds',
      `none with '${algorithm}': only 'round-robin' starts slowly`,
      slowStartSeconds,
    ),
  ({ balancing: { autoshift }, fleet, zones }) =>
    unless(
      !autoshift || fleet.min >= zones.length,
      'balancing.autoshift',
      `none with fewer servers (fleet.min ${fleet.min}) than zones (${zones.length}): a zone is taken away for half an hour a week`,
      autoshift,
    ),
  (environment) => {
    const { instanceClass } = environment.database;
    const limit = Math.floor(CONNECTION_SHARE * maxConnections(instanceClass));
    return unless(
      connections(environment) <= limit,
      'fleet.databasePool',
      `twice the connections of all backends, services and workers (fleet.max, fleet.processes, services, workers) of at most ${limit} (80 % of what ${instanceClass} takes)`,
      connections(environment),
    );
  },
  ...DURABILITY_RULES,
  ({ sessions: { shards = 1, replicas } }) =>
    unless(
      shards * (1 + replicas) <= NODES_PER_CLUSTER,
      'sessions.shards',
      `shards × (1 + sessions.replicas) of at most ${NODES_PER_CLUSTER}, ElastiCache's quota of nodes`,
      shards,
    ),
  ({ database, sessions }) =>
    unless(
      database.retain === sessions.retain,
      'sessions.retain',
      `the same as database.retain (${database.retain})`,
      sessions.retain,
    ),
  ({ domain }) =>
    domain
      ? unless(
          domain.name === domain.zoneName || domain.name.endsWith(`.${domain.zoneName}`),
          'domain.name',
          `${domain.zoneName} or a name below it`,
          domain.name,
        )
      : [],
  ({ edge, domain }) =>
    unless(
      edge.directAccess === 'never' || domain !== undefined,
      'edge.directAccess',
      "'never' without a domain, since the balancer has no certificate then",
      edge.directAccess,
    ),
  ({ edge, balancing }) =>
    unless(
      !balancing.staticAddresses || edge.directAccess === 'failover',
      'balancing.staticAddresses',
      "none without edge.directAccess 'failover': only CloudFront reaches the balancer",
      balancing.staticAddresses,
    ),
  ({ region, logs }) =>
    logs?.openSearch
      ? unless(
          logs.openSearch.domainArn.split(':')[3] === region,
          'logs.openSearch.domainArn',
          `a domain in ${region}, whose servers write to it`,
          logs.openSearch.domainArn,
        )
      : [],
  ...RECOVERY_RULES,
  ...DNS_RULES,
  ...PROBE_RULES,
  ...GAME_DAY_RULES,
  ...RELEASE_RULES,
  ...BACKUP_RULES,
  ...SERVICE_RULES,
  ...CHANNEL_RULES,
  ({ alerts }) =>
    Object.keys(alerts.thresholds ?? {}).flatMap((name) =>
      unless(name in ALERTS, `alerts.thresholds.${name}`, `the name of an alert in lib/alerts`, name),
    ),
  ({ alerts }) =>
    Object.entries(alerts.thresholds ?? {}).flatMap(([name, value]) => {
      const fault = unfitting(rowOf(name), value);
      return fault ? unless(false, `alerts.thresholds.${name}`, fault, value) : [];
    }),
  ({ alerts, tags }) =>
    unless(
      alerts.costAnomalyUsd === undefined || tags.environment !== undefined,
      'tags.environment',
      'a value by which alerts.costAnomalyUsd finds the costs',
      tags.environment,
    ),
  (environment) =>
    Object.entries(OPT_OUTS).flatMap(([name, { taken, what }]) => {
      const written = environment.optOuts?.[name] !== undefined;
      return taken(environment) === written
        ? []
        : unless(
            false,
            `optOuts.${name}`,
            written ? `no reason, since the environment has ${what}` : `a written reason for having no ${what}`,
            environment.optOuts?.[name],
          );
    }),
  ({ optOuts }) =>
    Object.keys(optOuts ?? {}).flatMap((name) =>
      unless(name in OPT_OUTS, `optOuts.${name}`, `one of ${Object.keys(OPT_OUTS).join(', ')}`, name),
    ),
];

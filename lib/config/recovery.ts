/** The second region: which parts of the system it has, and the environment that its stacks are made from. Not the failover itself. */
import { z } from 'zod';
import { overlaps } from './cidr';
import { EDGE_REGION } from './edge-region';
import type { Environment } from './environment';
import { KNOWN_REGIONS } from './prefix-lists';
import { type Rule, unless } from './rule';
import { cidr, oneOf, text, whole } from './values';

const standby = z.strictObject({
  /** Availability Zones in use there, two or three; create-only in practice. */
  zones: z
    .array(text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "a zone, such as 'eu-central-1a'"), { error: 'two or three zones' })
    .min(2, { error: 'two or three zones' })
    .max(3, { error: 'two or three zones' }),
  /** CIDR range of the VPC there, /16 to /19. It must not overlap `network.cidr`, so that both can be connected. Create-only. */
  cidr: cidr(19),
  /** NAT gateways there, 1–3, about 40 USD a month each. With only one, the loss of its zone cuts off internet access. */
  natGateways: whole(1, 3),
  /**
   * Running servers there with 'warm-standby', 1–50. They must handle all requests until more have started. A failover raises the fleet to
   * at least `fleet.min`.
   */
  servers: whole(1, 50),
  /** Redis replicas there, 0–5. With none, a lost node logs everybody out while the region is in use. Sessions start empty there in any case. */
  sessionReplicas: whole(0, 5),
});

export const recoverySchema = z.strictObject({
  /**
   * Name of the second region. It always has a copy of the site, which CloudFront reads when the first bucket fails. If data is retained, a
   * change leaves the old copy behind. About 4 USD a month for three keys, seven alarms and a secret's copy, and 0.02 USD per GB that a
   * release copies there.
   */
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region, such as 'eu-central-1'"),
  /**
   * What the region has. 'backup': copies of the site and of backups. 'pilot-light': also network, load balancer, session store and a replica of
   * the database, but no running server. 'warm-standby': also running servers, which serve reads without anybody's help. Writes work
   * there after `npm run failover`. Costs, losses and times of each: docs/disaster-recovery.md. @default 'backup'
   */
  mode: oneOf('backup', 'pilot-light', 'warm-standby').optional(),
  /** Settings of 'pilot-light' and 'warm-standby'; required with them, and not allowed otherwise. */
  standby: standby.optional(),
  /**
   * Most seconds that the replica there may lag for a failover without `--force`, 1–3,600: such a failover loses at most the writes of that time.
   * @default 60
   */
  maxLagSeconds: whole(1, 3600).optional(),
  /**
   * Days that copies of the database's daily backup are kept there, 1–36,500; only with `database.retain`. About 0.10 USD a GiB-month, plus
   * 0.02 USD for each GB that changed since the previous day. @default 35
   */
  backupDays: whole(1, 36_500).optional(),
});

type Recovery = NonNullable<Environment['recovery']>;

/** What the second region has besides copies. */
export interface Standby extends NonNullable<Recovery['standby']> {
  readonly region: string;
  readonly mode: 'pilot-light' | 'warm-standby';
  readonly maxLagSeconds: number;
}

/** Undefined with mode 'backup', and without a second region. */
export function standbyOf({ recovery }: Pick<Environment, 'recovery'>): Standby | undefined {
  if (!recovery?.standby || !recovery.mode || recovery.mode === 'backup') return undefined;
  const { region, mode, standby: given, maxLagSeconds = 60 } = recovery;
  return { ...given, region, mode, maxLagSeconds };
}

/** The environment as the second region's stacks see it: the same application on standby, without the log copy in OpenSearch, whose domain is in the first region. */
export function standbyEnvironment(environment: Environment, standby: Standby): Environment {
  const { region, zones, cidr: range, natGateways, servers, sessionReplicas, mode } = standby;
  const waiting = mode === 'warm-standby' ? servers : 0;
  const { recovery, fleet, workers, services, balancing, database, sessions, errorTracker, logs, ...others } =
    environment;
  return {
    ...others,
    region,
    zones,
    network: { cidr: range, natGateways, interfaceEndpoints: false },
    fleet: { ...fleet, min: waiting, schedule: undefined, spare: undefined },
    balancing: { ...balancing, autoshift: false }, // the few servers that wait are not spread for it
    services: services?.map((each) =>
      each.fleet
        ? { ...each, fleet: { ...each.fleet, min: Math.min(each.fleet.min, waiting), schedule: undefined } }
        : each,
    ),
    workers: workers.group ? { ...workers, group: { ...workers.group, min: 0 } } : workers,
    database: { ...database, replicas: 0 },
    sessions: {
      ...sessions,
      replicas: sessionReplicas,
      durability: sessionReplicas > 0 ? sessions.durability : 'primary', // there is none to wait for
    },
    errorTracker: errorTracker && {
      dsnSecretArn: errorTracker.dsnSecretArn.replace(`:${environment.region}:`, `:${region}:`),
    },
  };
}

/** Whether more than copies is there. */
export const hasStandby = (mode: Recovery['mode']) => mode !== undefined && mode !== 'backup';

export const RECOVERY_RULES: readonly Rule[] = [
  ({ region, recovery }) =>
    unless(
      !recovery || (recovery.region !== region && recovery.region !== EDGE_REGION),
      'recovery.region',
      `another region than ${region} and ${EDGE_REGION}, with which it would fail`,
      recovery?.region,
    ),
  ({ region, recovery }) =>
    unless(
      !recovery || [region, EDGE_REGION, ...KNOWN_REGIONS].includes(recovery.region),
      'recovery.region',
      `one of ${KNOWN_REGIONS.join(', ')}`,
      recovery?.region,
    ),
  ({ preset, recovery }) =>
    unless(
      (preset === 'multi-region') === hasStandby(recovery?.mode),
      'recovery.mode',
      preset === 'multi-region'
        ? "'pilot-light' or 'warm-standby' with preset 'multi-region'"
        : `none or 'backup' with preset '${preset}'`,
      recovery?.mode,
    ),
  ({ recovery }) =>
    unless(
      !recovery || hasStandby(recovery.mode) === (recovery.standby !== undefined),
      'recovery.standby',
      hasStandby(recovery?.mode)
        ? `what '${recovery?.mode}' is made of`
        : "none without 'pilot-light' or 'warm-standby'",
      recovery?.standby,
    ),
  ({ recovery }) =>
    (recovery?.standby?.zones ?? []).flatMap((zone, index, all) =>
      unless(
        zone.startsWith(recovery?.region ?? '') && all.indexOf(zone) === index,
        `recovery.standby.zones[${index}]`,
        `a zone of ${recovery?.region} that comes once, such as '${recovery?.region}a'`,
        zone,
      ),
    ),
  ({ recovery, network }) =>
    [network.cidr, ...(network.peers ?? [])].flatMap((range) =>
      unless(
        !recovery?.standby || !overlaps(range, recovery.standby.cidr),
        'recovery.standby.cidr',
        `a range apart from ${range}`,
        recovery?.standby?.cidr,
      ),
    ),
  ({ recovery }) =>
    unless(
      !recovery?.standby || recovery.standby.natGateways <= recovery.standby.zones.length,
      'recovery.standby.natGateways',
      `at most one for each zone (${recovery?.standby?.zones.length})`,
      recovery?.standby?.natGateways,
    ),
  ({ recovery, fleet }) =>
    unless(
      !recovery?.standby || recovery.standby.servers <= fleet.max,
      'recovery.standby.servers',
      `at most fleet.max (${fleet.max})`,
      recovery?.standby?.servers,
    ),
  ({ recovery, sessions }) =>
    unless(
      recovery?.standby?.sessionReplicas !== 0 || sessions.durability !== 'logged',
      'recovery.standby.sessionReplicas',
      "at least 1: the log of sessions.durability 'logged' is a replica's too",
      recovery?.standby?.sessionReplicas,
    ),
  ({ recovery, edge }) =>
    unless(
      !hasStandby(recovery?.mode) || edge.directAccess === 'failover',
      'edge.directAccess',
      `'failover' with recovery.mode '${recovery?.mode}': CloudFront finds the second balancer by its name`,
      edge.directAccess,
    ),
  ({ recovery, database }) =>
    unless(
      !hasStandby(recovery?.mode) || database.retain,
      'database.retain',
      `true with recovery.mode '${recovery?.mode}'`,
      database.retain,
    ),
];

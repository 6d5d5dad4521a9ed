/** What takes over when a part of the database, the session store or a bucket is hit, and what is lost for good. */
import { standbyOf } from '../../config/recovery';
import type { Resource } from '../assembly';
import { DATABASE_FAILOVER, NODE_REPLACED_S, RECONNECTS, RESTORABLE, SESSIONS_FAILOVER, sumOf } from './figures';
import { labelOf } from './graph';
import { type Hurt, LONG_MINUTES, minutesOf, silence } from './hurt';
import type { Hit } from './losses';
import { ofType, type Parts } from './parts';

interface Rule {
  readonly CopyActions?: readonly unknown[];
}

/** What of the database is left when its region is gone. */
function elsewhere({ graph, standby, config }: Parts): string | undefined {
  const [far] = standby?.replicas ?? [];
  if (far)
    return `commits that had not reached ${labelOf(far)}, at most recovery.maxLagSeconds = ${standbyOf(config)?.maxLagSeconds} s of them (known to 150 s) where the failover isn't forced`;
  const rules = ofType(graph, 'AWS::Backup::BackupPlan').flatMap(
    ({ properties }) => (properties.BackupPlan as { readonly BackupPlanRule: readonly Rule[] }).BackupPlanRule,
  );
  return rules.some(({ CopyActions = [] }) => CopyActions.length > 0)
    ? 'what came after the last daily copy'
    : undefined;
}

export function databaseHurt(resource: Resource, hit: Hit, parts: Parts): Hurt {
  const kind = 'PostgreSQL';
  const lost = `PostgreSQL, the primary ${labelOf(resource)}`;
  const down = (minutes: number) => [{ signal: 'databaseAnswers', minutes }];
  if (hit === 'region')
    return {
      kind,
      lost,
      takesOver: 'nothing',
      gone: elsewhere(parts) ?? 'the whole database: no copy of it is in another region',
      symptoms: [silence(resource), ...down(LONG_MINUTES)],
    };
  if (resource.properties.MultiAZ === true) {
    const terms = [DATABASE_FAILOVER, RECONNECTS.database];
    return {
      kind,
      lost,
      takesOver: 'its standby in another zone, which has every commit',
      terms,
      symptoms: down(minutesOf(sumOf(terms))),
    };
  }
  return {
    kind,
    lost,
    takesOver: 'nothing',
    gone: `if it is restored, ${RESTORABLE}`,
    mend:
      hit === 'zone'
        ? 'wait for the zone, or restore in another'
        : 'RDS starts it anew on another host; else restore it',
    symptoms: [silence(resource), ...down(LONG_MINUTES)],
  };
}

export function replicaHurt(resource: Resource, hit: Hit, { standby }: Parts): Hurt {
  const waiting = standby?.replicas.includes(resource);
  const others = waiting
    ? 'the first region, which asks it nothing: no failover until it is made anew'
    : 'the primary and the other replicas answer what it was asked';
  return {
    kind: 'replica',
    lost: `PostgreSQL, the replica ${labelOf(resource)}`,
    takesOver: hit === 'region' ? 'nothing' : others,
    ...(hit !== 'region' && { terms: [], weak: waiting ? [] : [RECONNECTS.replica] }),
    mend: 'RDS makes it anew',
    symptoms: [silence(resource)],
  };
}

/** Whether a login waits for a replica, from what servers are given. */
const waits = ({ services }: Parts) =>
  services.some(({ template }) => /SESSION_WAIT_REPLICAS='1'/.test(JSON.stringify(template.properties)));

export function sessionsHurt(resource: Resource, hit: Hit, parts: Parts): Hurt {
  const { ReplicasPerNodeGroup, AutomaticFailoverEnabled, MultiAZEnabled, SnapshotRetentionLimit } =
    resource.properties;
  const replicas = Number(ReplicasPerNodeGroup ?? 0);
  const snapshot = Number(SnapshotRetentionLimit ?? 0) > 0 ? 'all logins since the last daily snapshot' : 'all logins';
  const down = (minutes: number) => ({ signal: 'sessionAnswers', minutes });
  const kind = 'Redis';
  const replaced = { signal: 'sessionReplicas', minutes: minutesOf(NODE_REPLACED_S) };
  const survives = replicas > 0 && AutomaticFailoverEnabled === true && (hit !== 'zone' || MultiAZEnabled === true);
  if (hit === 'region' || !survives)
    return {
      kind,
      lost: hit === 'region' ? 'Redis, all nodes' : 'Redis, the only node, or all of them where they stand in one zone',
      takesOver: 'nothing',
      gone: snapshot,
      mend: hit === 'zone' ? 'wait for the zone' : 'ElastiCache replaces the node, empty, in a few minutes',
      symptoms: [silence(resource), down(LONG_MINUTES)],
    };
  if (hit === 'one')
    return {
      kind,
      lost: `Redis, one of ${replicas} replicas`,
      takesOver: 'the others; ElastiCache makes it anew in a few minutes',
      terms: [],
      symptoms: [replaced],
    };
  const terms = [SESSIONS_FAILOVER, RECONNECTS.sessions];
  return {
    kind,
    lost: 'Redis, the primary',
    takesOver: 'a replica; sessions are read from the replicas meanwhile',
    terms,
    reads: true,
    gone: waits(parts)
      ? 'counters and cache of the last moment, no login that was answered'
      : 'logins of the last moment',
    symptoms: [down(minutesOf(sumOf(terms))), replaced],
  };
}

const LOGS = /^(LoggingConfiguration|LoadBalancerAttributes|DestinationResourceArn)$/;

/** What a bucket holds, by who refers to it. */
export function bucketHurt(resource: Resource, _: Hit, { graph }: Parts): Hurt {
  const users = graph.dependents(resource).map(({ from }) => from);
  const logs = users.some(({ properties, stack }) =>
    Object.keys(properties).some(
      (name) => LOGS.test(name) && graph.from({ key: '', type: '', properties, stack }, name).includes(resource),
    ),
  );
  return {
    kind: 'bucket',
    lost: `bucket ${labelOf(resource)}`,
    takesOver: 'nothing',
    gone: logs ? 'access logs' : undefined,
    mend: logs ? 'npm run deploy' : 'npm run deploy, and its content is published again',
    symptoms: [silence(resource)],
  };
}

/** How a database gets its next major version by a copy that takes its names: what comes next, from what is seen. Asks nobody, does nothing. */
import type { BlueGreenDeployment, DBInstance, Parameter, UpgradeTarget } from '@aws-sdk/client-rds';
import { key, unready } from '../restore/swap';

export interface Seen {
  readonly primary: DBInstance | undefined;
  /** Of its region, in the order of the configuration; what isn't there is absent. */
  readonly replicas: readonly DBInstance[];
  /** Replica in another region. */
  readonly standby: DBInstance | undefined;
  /** What RDS upgrades the primary's version to. */
  readonly targets: readonly UpgradeTarget[];
  /** RDS's default of the major version that is asked for: what a template gets that names the major one. */
  readonly usual: string | undefined;
  /** Of the primary's parameter group, those that somebody set, and `rds.logical_replication`. */
  readonly parameters: readonly Parameter[];
  /** Whether the parameter group of the new version has them too. */
  readonly group: boolean;
  readonly deployment: BlueGreenDeployment | undefined;
  /** What it made, as long as that hasn't the names yet; the new primary first. */
  readonly copies: readonly DBInstance[];
  /** Alarms that ring. */
  readonly ringing: readonly string[];
}

export type UpgradeAction =
  | { readonly kind: 'logical'; readonly group: string }
  | { readonly kind: 'restart'; readonly id: string }
  | {
      readonly kind: 'group';
      readonly name: string;
      readonly family: string;
      readonly parameters: readonly Parameter[];
    }
  | { readonly kind: 'copy'; readonly arn: string; readonly version: string; readonly group: string }
  | { readonly kind: 'switch'; readonly deployment: string }
  | { readonly kind: 'unprotect'; readonly id: string }
  | { readonly kind: 'cancel'; readonly deployment: string; readonly withCopy: boolean };

export type UpgradeDecision =
  | { readonly kind: 'act'; readonly actions: readonly UpgradeAction[] }
  | { readonly kind: 'wait'; readonly what: string }
  | { readonly kind: 'done'; readonly how: 'is that version' | 'copied' | 'switched' | 'none' }
  | { readonly kind: 'refused'; readonly reason: string };

const LOGICAL = 'rds.logical_replication';

const act = (...actions: readonly UpgradeAction[]): UpgradeDecision => ({ kind: 'act', actions });
const refused = (reason: string): UpgradeDecision => ({ kind: 'refused', reason });
const wait = (what: string): UpgradeDecision => ({ kind: 'wait', what });
export const majorOf = (version: string | undefined) => (version ?? '').split('.')[0] ?? '';
/** Made by the command for the copy; a deployment of the new version brings the template's own. */
export const groupOf = (primary: string, to: string) => `${primary}-postgres${to}`;

/** Why nothing can be done to these at the moment; nothing where it can. */
function busy(instances: readonly DBInstance[]) {
  const named = instances.map((each) => [{ region: '', id: each.DBInstanceIdentifier ?? '' }, each] as const);
  return unready(
    named.map(([place]) => place),
    new Map(named.map(([place, each]) => [key(place), each])),
  );
}

/** Whether primary or replicas are restarted or changed at the moment, or are stuck; nothing when they are well. */
function unsettled({ primary, replicas }: Seen) {
  const all = [...(primary ? [primary] : []), ...replicas];
  const late = all.find(({ DBParameterGroups }) =>
    DBParameterGroups?.some(({ ParameterApplyStatus }) => ParameterApplyStatus === 'applying'),
  );
  return busy(all) ?? (late && ({ kind: 'wait', what: `${late.DBInstanceIdentifier} applies parameters` } as const));
}

/** What stands in the way, each in a line; nothing where nothing does. What can't be seen from outside is docs/upgrades.md's. */
function faults(seen: Seen, to: string): readonly string[] {
  const { primary, standby, targets } = seen;
  const id = primary?.DBInstanceIdentifier;
  const majors = [
    ...new Set(targets.filter((each) => each.IsMajorVersionUpgrade).map((each) => majorOf(each.EngineVersion))),
  ];
  const state = unsettled(seen);
  return [
    !majors.includes(to) &&
      `--to: expected ${majors.join(' or ') || 'a version that RDS offers'}, which RDS upgrades ${primary?.EngineVersion} to, got ${to}`,
    primary?.BackupRetentionPeriod === 0 &&
      `${id}: expected backups, which a copy begins with, got none; set database.backupDays`,
    primary?.MasterUserSecret && `${id}: expected a password of our own, got one that RDS keeps in Secrets Manager`,
    standby &&
      `${standby.DBInstanceIdentifier}: expected no replica in another region, which a copy excludes, got one; rename and promote it before, see docs/upgrades.md`,
    state?.kind === 'refused' && state.reason,
  ].filter((each) => typeof each === 'string');
}

function begin(seen: Seen, to: string): UpgradeDecision {
  const { primary, replicas, targets, usual, parameters, group } = seen;
  const { DBInstanceIdentifier: id = '', DBInstanceArn: arn = '', DBParameterGroups = [] } = primary ?? {};
  const why = faults(seen, to);
  if (why.length > 0) return refused(why.join('\n'));
  const state = unsettled(seen);
  if (state?.kind === 'wait') return state;
  if (parameters.find(({ ParameterName }) => ParameterName === LOGICAL)?.ParameterValue !== '1')
    return act({ kind: 'logical', group: DBParameterGroups[0]?.DBParameterGroupName ?? '' });
  // one at a time, so that the others answer who reads
  const waiting = [...replicas, primary].find((each) =>
    each?.DBParameterGroups?.some(({ ParameterApplyStatus }) => ParameterApplyStatus === 'pending-reboot'),
  );
  if (waiting) return act({ kind: 'restart', id: waiting.DBInstanceIdentifier ?? '' });
  const name = groupOf(id, to);
  if (!group) return act({ kind: 'group', name, family: `postgres${to}`, parameters });
  const versions = targets.map((each) => each.EngineVersion ?? '').filter((each) => majorOf(each) === to);
  // a later one than the template gets would be a way back, which RDS refuses
  const version = versions.find((each) => each === usual) ?? versions.at(-1) ?? to;
  return act({ kind: 'copy', arn, version, group: name });
}

const tasksOf = ({ Tasks = [] }: BlueGreenDeployment) =>
  Tasks.map(({ Name, Status }) => `${Name} ${Status}`).join(', ') || 'begins';

function failed({ BlueGreenDeploymentName: name, Status, StatusDetails }: BlueGreenDeployment): UpgradeDecision {
  return refused(
    `${name}: expected it to go on, got ${Status}${StatusDetails ? `: ${StatusDetails}` : ''}; the database is as it was: --cancel takes the copy away`,
  );
}

/** Of a version that isn't asked for: an earlier upgrade that RDS still knows. Until it is whole, a copy has the old version. */
function another({ primary, copies, deployment }: Seen, to: string): UpgradeDecision | undefined {
  const switched = deployment?.Status === 'SWITCHOVER_COMPLETED';
  if (!switched && deployment?.Status !== 'AVAILABLE') return undefined;
  const got = (switched ? primary : copies[0])?.EngineVersion;
  if (got === undefined || majorOf(got) === to) return undefined;
  return refused(
    `--to: expected ${majorOf(got)}, to which ${deployment?.BlueGreenDeploymentName} ${switched ? 'has led' : 'leads'}, got ${to}; end that by --cancel, then come again`,
  );
}

export function decideStart(seen: Seen, to: string): UpgradeDecision {
  const { primary, deployment } = seen;
  if (!primary) return refused('primary: expected a database, got none');
  if (!deployment)
    return majorOf(primary.EngineVersion) === to ? { kind: 'done', how: 'is that version' } : begin(seen, to);
  const other = another(seen, to);
  if (other) return other;
  switch (deployment.Status) {
    case 'AVAILABLE':
      return { kind: 'done', how: 'copied' };
    case 'SWITCHOVER_COMPLETED':
      return { kind: 'done', how: 'switched' };
    case 'PROVISIONING':
    case 'SWITCHOVER_IN_PROGRESS':
    case 'DELETING':
      return wait(tasksOf(deployment));
    default:
      return failed(deployment);
  }
}

/** @param force although alarms ring @param asked whether it was asked for a moment ago: once is enough, since each try holds writes up */
export function decideSwitch(seen: Seen, to: string, force: boolean, asked = false): UpgradeDecision {
  const { deployment, copies, ringing, primary } = seen;
  if (!deployment)
    return majorOf(primary?.EngineVersion) === to
      ? { kind: 'done', how: 'is that version' }
      : refused('--switch: expected a copy that follows, got none; begin without --switch');
  const other = another(seen, to);
  if (other) return other;
  const { Status, StatusDetails, BlueGreenDeploymentIdentifier: id = '', Tasks = [] } = deployment;
  if (Status === 'SWITCHOVER_COMPLETED') return { kind: 'done', how: 'switched' };
  if (Status === 'PROVISIONING' || Status === 'SWITCHOVER_IN_PROGRESS') return wait(tasksOf(deployment));
  if (Status !== 'AVAILABLE') return failed(deployment);
  if (asked)
    return refused(
      `--switch: expected RDS to switch, got all as it was${StatusDetails ? `: ${StatusDetails}` : ', which it leaves when it takes too long; its events say why'}; mend that, then come again`,
    );
  if (Tasks.some((each) => each.Status !== 'COMPLETED'))
    return refused(`--switch: expected the copy to be whole, got ${tasksOf(deployment)}; wait, and come again`);
  // RDS calls a deployment available sooner than its instances, and then refuses the switch
  const late = busy(copies);
  if (late) return late;
  if (ringing.length > 0 && !force)
    return refused(`--switch: expected no alarm, got ${ringing.join(', ')}; mend that first, or --force`);
  return act({ kind: 'switch', deployment: id });
}

export function decideCancel({ deployment, copies }: Seen): UpgradeDecision {
  if (!deployment) return { kind: 'done', how: 'none' };
  const { Status, BlueGreenDeploymentIdentifier: id = '' } = deployment;
  if (Status === 'SWITCHOVER_IN_PROGRESS' || Status === 'DELETING') return wait(`${Status}`);
  const guarded = copies.filter(({ DeletionProtection }) => DeletionProtection); // as the database is: RDS deletes none of these
  if (guarded.length > 0)
    return act(...guarded.map((each) => ({ kind: 'unprotect', id: each.DBInstanceIdentifier ?? '' }) as const));
  return act({ kind: 'cancel', deployment: id, withCopy: Status !== 'SWITCHOVER_COMPLETED' });
}

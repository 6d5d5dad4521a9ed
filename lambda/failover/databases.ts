/** A region's databases as RDS tells of them, and what it is asked to do with them; each may be asked twice without harm. */
import {
  CreateDBInstanceReadReplicaCommand,
  type DBInstance,
  DescribeDBInstancesCommand,
  DescribeDBParametersCommand,
  ModifyDBInstanceCommand,
  ModifyDBParameterGroupCommand,
  PromoteReadReplicaCommand,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { clientsOf, unlessSilent } from './clients';
import type { Place } from './places';
import { beforeName, type Database, type Side } from './seen';
import { replicaLike } from './settings';

const PARAMETER = 'default_transaction_read_only';
/** It was done by a look that died, or is just being done. */
const DONE_ALREADY = /^(InvalidDBInstanceState|DBInstanceAlreadyExists|DBInstanceNotFound)(Fault)?$/;

async function unlessDone(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!DONE_ALREADY.test((error as { readonly name?: string }).name ?? '')) throw error;
  }
}

/** Those with a name of ours, by it. */
async function instancesOf({ region, primary, replicas }: Place): Promise<ReadonlyMap<string, DBInstance>> {
  const { rds } = clientsOf(region);
  const names = [primary, ...replicas].flatMap((name) => [name, beforeName(name)]);
  const found = new Map<string, DBInstance>();
  let Marker: string | undefined;
  do {
    const page = await rds.send(new DescribeDBInstancesCommand({ Marker }));
    for (const each of page.DBInstances ?? [])
      if (each.DBInstanceIdentifier && names.includes(each.DBInstanceIdentifier))
        found.set(each.DBInstanceIdentifier, each);
    Marker = page.Marker;
  } while (Marker);
  return found;
}

/** All of a region's databases have one group of parameters: whichever there is says which. */
const groupOf = (instances: ReadonlyMap<string, DBInstance>) =>
  [...instances.values()].flatMap(({ DBParameterGroups = [] }) => DBParameterGroups[0]?.DBParameterGroupName ?? [])[0];

async function isSet(rds: RDSClient, DBParameterGroupName: string): Promise<boolean> {
  let Marker: string | undefined;
  do {
    const asked = new DescribeDBParametersCommand({ DBParameterGroupName, Source: 'user', Marker });
    const { Parameters = [], Marker: next } = await rds.send(asked);
    const found = Parameters.find(({ ParameterName }) => ParameterName === PARAMETER);
    if (found) return ['1', 'on', 'true'].includes(found.ParameterValue ?? '');
    Marker = next;
  } while (Marker);
  return false;
}

async function readOnlyOf(place: Place, instances: ReadonlyMap<string, DBInstance>): Promise<Side['readOnly']> {
  const group = groupOf(instances);
  if (!group || !(await isSet(clientsOf(place.region).rds, group))) return 'off';
  const status = instances.get(place.primary)?.DBParameterGroups?.[0]?.ParameterApplyStatus ?? 'in-sync';
  return status === 'in-sync' ? 'on' : 'applying';
}

const seen = (instance: DBInstance): Database => {
  const follows = instance.ReadReplicaSourceDBInstanceIdentifier;
  return {
    status: instance.DBInstanceStatus ?? '',
    created: instance.InstanceCreateTime?.getTime() ?? Number.POSITIVE_INFINITY, // none until it is there
    ...(follows && { follows }),
  };
};

/** Nothing in it where the region doesn't answer. */
export async function databasesOf(place: Place): Promise<Pick<Side, 'databases' | 'readOnly'>> {
  const instances = await unlessSilent(instancesOf(place));
  if (!instances) return { readOnly: 'off' };
  const readOnly = (await unlessSilent(readOnlyOf(place, instances))) ?? 'off';
  return { databases: Object.fromEntries([...instances].map(([name, each]) => [name, seen(each)])), readOnly };
}

export async function setReadOnly(place: Place, on: boolean): Promise<void> {
  const DBParameterGroupName = groupOf(await instancesOf(place));
  if (!DBParameterGroupName) throw new Error(`${place.primary}: expected a group of parameters, got none`);
  const Parameters = [{ ParameterName: PARAMETER, ParameterValue: on ? '1' : '0', ApplyMethod: 'immediate' } as const];
  await clientsOf(place.region).rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName, Parameters }));
}

/** A replica is without backups; what writes is not. */
export const promote = ({ region }: Place, DBInstanceIdentifier: string, BackupRetentionPeriod: number) =>
  unlessDone(
    clientsOf(region).rds.send(new PromoteReadReplicaCommand({ DBInstanceIdentifier, BackupRetentionPeriod })),
  );

export const rename = ({ region }: Place, DBInstanceIdentifier: string, NewDBInstanceIdentifier: string) =>
  unlessDone(
    clientsOf(region).rds.send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier, NewDBInstanceIdentifier, ApplyImmediately: true }),
    ),
  );

/** @param like of the same region: settings, and the key, which doesn't leave its region */
export async function createReplica(place: Place, name: string, source: Place, like: string): Promise<void> {
  const [own, from] = await Promise.all([instancesOf(place), instancesOf(source)]);
  const pattern = own.get(like) ?? own.get(place.primary) ?? own.get(beforeName(place.primary)) ?? [...own.values()][0];
  const origin = from.get(source.primary);
  if (!pattern || !origin?.DBInstanceArn)
    throw new Error(
      `${name}: expected ${like} and ${source.primary}, to make the like of one from the other, got neither`,
    );
  const asked = new CreateDBInstanceReadReplicaCommand(replicaLike(pattern, name, origin));
  await unlessDone(clientsOf(place.region).rds.send(asked));
}

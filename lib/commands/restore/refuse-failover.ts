/** Keeps hands off a database whose region changes, or has changed. */
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { fenceSeen } from '../../../lambda/failover/observe';
import { ConfigError } from '../../config/config-error';
import type { Environment } from '../../config/environment';
import { machineOf } from '../failover/deployed';
import { PATIENCE } from '../outputs';
import { isGone } from './gone';
import type { Database } from './names';
import { key } from './swap';
import type { World } from './world';

/** Whether visitors are led to that region. */
async function isFenced(name: string, region: string): Promise<boolean> {
  const { places } = await machineOf(name, region);
  return fenceSeen(region, places.fence);
}

/**
 * Throws a ConfigError while a failover is under way, or the second region is the one that writes.
 * @param fenced asked only where the primary is gone: its replica then stands alone, whoever writes
 */
export async function refuseFailover(
  { name }: Environment,
  account: string,
  { standby, primary }: Database,
  world: Pick<World, 'look'>,
  fenced: typeof isFenced = isFenced,
): Promise<void> {
  if (!standby) return;
  const seen = await world.look([standby, primary]);
  const copy = seen.get(key(standby));
  const alone = copy && !copy.ReadReplicaSourceDBInstanceIdentifier;
  if (alone && (!isGone(seen.get(key(primary))) || (await fenced(name, standby.region))))
    throw new ConfigError(
      `${standby.id}: expected a replica of ${primary.id}, got one that writes: the environment is in ${standby.region}; go back first: npm run failover -- --env ${name} --to ${primary.region}`,
    );
  const stateMachineArn = `arn:aws:states:${standby.region}:${account}:stateMachine:Holdfast-${name}-failover`;
  const client = new SFNClient({ region: standby.region, ...PATIENCE });
  const { executions = [] } = await client
    .send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }))
    .catch((error: Error) => {
      if (error.name === 'StateMachineDoesNotExist') return { executions: [] };
      throw error;
    });
  if (executions[0])
    throw new ConfigError(
      `failover: expected none under way, got ${executions[0].name}; see it with npm run failover -- --env ${name} --to REGION --resume`,
    );
}

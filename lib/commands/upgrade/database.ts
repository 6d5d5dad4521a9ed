/** RDS as the upgrade of a database sees it. Decides nothing; what is done may be done twice. */
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  type BlueGreenDeployment,
  CreateBlueGreenDeploymentCommand,
  CreateDBParameterGroupCommand,
  type DBInstance,
  DeleteBlueGreenDeploymentCommand,
  DescribeBlueGreenDeploymentsCommand,
  DescribeDBEngineVersionsCommand,
  type DescribeDBEngineVersionsMessage,
  ModifyDBInstanceCommand,
  ModifyDBParameterGroupCommand,
  type Parameter,
  paginateDescribeDBParameters,
  RDSClient,
  RebootDBInstanceCommand,
  SwitchoverBlueGreenDeploymentCommand,
} from '@aws-sdk/client-rds';
import { PATIENCE } from '../outputs';
import type { Database } from '../restore/names';
import { key, type Place } from '../restore/swap';
import { rdsWorld } from '../restore/world';
import { groupOf, type Seen, type UpgradeAction } from './decide';

/** After that RDS gives the switch up and leaves all as it was. */
const SWITCH_SECONDS = 300;
/** RDS takes no more in a call. */
const PARAMETERS_AT_ONCE = 20;

/** RDS isn't so far; asked again, it is. */
const LATE = ['InvalidDBInstanceState', 'InvalidDBInstanceStateFault'];

const named = (error: unknown, ...names: readonly string[]) => names.includes((error as { name?: string }).name ?? '');

/** Is no failure where the error has one of these names. */
export const unless =
  (...names: readonly string[]) =>
  (error: unknown) => {
    if (!named(error, ...names)) throw error;
  };

export function upgradeWorld(env: string, { primary, replicas, standby }: Database) {
  const rds = new RDSClient({ region: primary.region, ...PATIENCE });
  const alarms = new CloudWatchClient({ region: primary.region, ...PATIENCE });
  const world = rdsWorld();
  const parameters = async (group: string): Promise<readonly Parameter[] | undefined> => {
    try {
      const found: Parameter[] = [];
      const asked = { DBParameterGroupName: group };
      for await (const { Parameters = [] } of paginateDescribeDBParameters({ client: rds }, asked))
        found.push(...Parameters);
      return found.filter(
        ({ Source, ParameterName }) => Source === 'user' || ParameterName === 'rds.logical_replication',
      );
    } catch (error) {
      if (named(error, 'DBParameterGroupNotFound', 'DBParameterGroupNotFoundFault')) return undefined;
      throw error;
    }
  };
  const own = async (it: DBInstance) => (await parameters(it.DBParameterGroups?.[0]?.DBParameterGroupName ?? '')) ?? [];
  return {
    async look(to: string): Promise<Seen> {
      const instances = await world.look([primary, ...replicas]);
      const at = (place: Place) => instances.get(key(place));
      const it = at(primary);
      const versions = async (asked: Partial<DescribeDBEngineVersionsMessage>) =>
        (await rds.send(new DescribeDBEngineVersionsCommand({ Engine: 'postgres', ...asked }))).DBEngineVersions?.[0];
      const [set, wanted, { BlueGreenDeployments = [] }, current, usual, { MetricAlarms = [] }] = await Promise.all([
        it ? own(it) : [],
        parameters(groupOf(primary.id, to)),
        rds.send(new DescribeBlueGreenDeploymentsCommand({})),
        versions({ EngineVersion: it?.EngineVersion }),
        to ? versions({ EngineVersion: to, DefaultOnly: true }) : undefined, // --cancel needs none
        alarms.send(new DescribeAlarmsCommand({ AlarmNamePrefix: `Holdfast-${env}-`, StateValue: 'ALARM' })),
      ]);
      const deployment = BlueGreenDeployments.find((each) => each.BlueGreenDeploymentName === deploymentOf(primary));
      const copies = await world.look(copiesOf(deployment, primary.region));
      const has = new Map(wanted?.map(({ ParameterName, ParameterValue }) => [ParameterName, ParameterValue]));
      return {
        primary: it,
        replicas: replicas.filter((place) => place !== standby).flatMap((place) => at(place) ?? []),
        standby: standby && at(standby),
        targets: current?.ValidUpgradeTarget ?? [],
        usual: usual?.EngineVersion,
        parameters: set,
        group: wanted !== undefined && set.every((each) => has.get(each.ParameterName) === each.ParameterValue),
        deployment,
        copies: [...copies.values()],
        ringing: MetricAlarms.map(({ AlarmName = '' }) => AlarmName).sort(),
      };
    },
    async act(action: UpgradeAction): Promise<void> {
      const set = async (group: string, values: readonly Parameter[]) => {
        for (let begin = 0; begin < values.length; begin += PARAMETERS_AT_ONCE)
          await rds.send(
            new ModifyDBParameterGroupCommand({
              DBParameterGroupName: group,
              Parameters: values.slice(begin, begin + PARAMETERS_AT_ONCE).map(({ ParameterName, ParameterValue }) => ({
                ParameterName,
                ParameterValue,
                ApplyMethod: 'pending-reboot',
              })),
            }),
          );
      };
      switch (action.kind) {
        case 'logical':
          return set(action.group, [{ ParameterName: 'rds.logical_replication', ParameterValue: '1' }]);
        case 'restart':
          await rds // which shows a restart a little late
            .send(new RebootDBInstanceCommand({ DBInstanceIdentifier: action.id }))
            .catch(unless(...LATE));
          return;
        case 'group': {
          const { name: DBParameterGroupName, family: DBParameterGroupFamily } = action;
          const input = { DBParameterGroupName, DBParameterGroupFamily, Description: 'For the upgrade' };
          await rds
            .send(new CreateDBParameterGroupCommand(input))
            .catch(unless('DBParameterGroupAlreadyExists', 'DBParameterGroupAlreadyExistsFault'));
          return set(action.name, action.parameters);
        }
        case 'copy':
          await rds
            .send(
              new CreateBlueGreenDeploymentCommand({
                BlueGreenDeploymentName: deploymentOf(primary),
                Source: action.arn,
                TargetEngineVersion: action.version,
                TargetDBParameterGroupName: action.group,
              }),
            )
            .catch(unless('BlueGreenDeploymentAlreadyExistsFault', ...LATE)); // that a parameter waits for a restart may show late
          return;
        case 'switch':
          await rds.send(
            new SwitchoverBlueGreenDeploymentCommand({
              BlueGreenDeploymentIdentifier: action.deployment,
              SwitchoverTimeout: SWITCH_SECONDS,
            }),
          );
          return;
        case 'unprotect':
          await rds // which may still be making it
            .send(
              new ModifyDBInstanceCommand({
                DBInstanceIdentifier: action.id,
                DeletionProtection: false,
                ApplyImmediately: true,
              }),
            )
            .catch(unless(...LATE));
          return;
        case 'cancel':
          await rds
            .send(
              new DeleteBlueGreenDeploymentCommand({
                BlueGreenDeploymentIdentifier: action.deployment,
                ...(action.withCopy && { DeleteTarget: true }),
              }),
            )
            .catch(unless('BlueGreenDeploymentNotFoundFault', 'InvalidBlueGreenDeploymentStateFault'));
      }
    },
  };
}

/** What a deployment made: after the switch that has the names, and is no copy any more. */
const copiesOf = (deployment: BlueGreenDeployment | undefined, region: string): readonly Place[] =>
  deployment?.Status === 'SWITCHOVER_COMPLETED'
    ? []
    : (deployment?.SwitchoverDetails ?? []).flatMap(({ TargetMember }) => {
        const id = TargetMember?.split(':').at(-1);
        return id ? [{ region, id }] : [];
      });

/** One at a time for each database. */
const deploymentOf = ({ id }: Place) => `${id}-upgrade`;

/** What an experiment may hurt, by tag or ARN of one environment. Finds nothing itself: FIS does, when an experiment begins. */
import type { CfnExperimentTemplate } from 'aws-cdk-lib/aws-fis';
import type { TargetName } from './experiment';

/** On whatever may be hurt, with the environment's name; and on servers, with the service's. */
export const GAME_DAY_TAG = 'holdfast:game-day';
export const SERVICE_TAG = 'holdfast:service';

export interface Targets {
  /** Name of the environment. */
  readonly environment: string;
  /** Whose servers are hurt, where it isn't all in a zone. */
  readonly service: string;
  /** The zone whose loss is played. */
  readonly zone: string;
  /** ARN of the primary. */
  readonly database: string;
}

type Target = CfnExperimentTemplate.ExperimentTemplateTargetProperty;

const RUNNING = { path: 'State.Name', values: ['running'] };

export function target(name: TargetName, { environment, service, zone, database }: Targets): Target {
  const marked = { [GAME_DAY_TAG]: environment };
  const servers = (selectionMode: string): Target => ({
    resourceType: 'aws:ec2:instance',
    resourceTags: { ...marked, [SERVICE_TAG]: service },
    filters: [RUNNING],
    selectionMode,
  });
  const targets: Readonly<Record<TargetName, () => Target>> = {
    allServers: () => servers('ALL'),
    halfOfServers: () => servers('PERCENT(50)'),
    oneServer: () => servers('COUNT(1)'),
    serversInZone: () => ({
      resourceType: 'aws:ec2:instance',
      resourceTags: marked,
      filters: [RUNNING, { path: 'Placement.AvailabilityZone', values: [zone] }],
      selectionMode: 'ALL',
    }),
    groups: () => ({ resourceType: 'aws:ec2:autoscaling-group', resourceTags: marked, selectionMode: 'ALL' }),
    subnetsInZone: () => ({
      resourceType: 'aws:ec2:subnet',
      resourceTags: marked,
      filters: [{ path: 'AvailabilityZone', values: [zone] }],
      selectionMode: 'ALL',
    }),
    database: () => ({ resourceType: 'aws:rds:db', resourceArns: [database], selectionMode: 'ALL' }),
    sessions: () => ({
      resourceType: 'aws:elasticache:replicationgroup', // takes tags only
      resourceTags: marked,
      parameters: { availabilityZoneIdentifier: zone },
      selectionMode: 'ALL',
    }),
  };
  return targets[name]();
}

/** Under which name an action calls what it hurts. */
export const TARGET_KEYS: Readonly<Record<TargetName, string>> = {
  allServers: 'Instances',
  halfOfServers: 'Instances',
  oneServer: 'Instances',
  serversInZone: 'Instances',
  groups: 'AutoScalingGroups',
  subnetsInZone: 'Subnets',
  database: 'DBInstances',
  sessions: 'ReplicationGroups',
};

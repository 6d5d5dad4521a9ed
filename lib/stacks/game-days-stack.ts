/** Experiments on an environment, and the marks on what they may hurt. Nothing of it is needed to serve a visitor. */
import { ArnFormat, CfnOutput, RemovalPolicy, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { CfnAutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { Alarms, type Alerting } from '../../constructs/alerting/alarms';
import type { Postgres } from '../../constructs/database/postgres';
import { Experiments } from '../../constructs/game-days/experiments';
import { GAME_DAY_TAG, SERVICE_TAG } from '../../constructs/game-days/targets';
import type { RolledService } from '../../constructs/release/rolled-service';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import type { SessionStore } from '../../constructs/sessions/session-store';
import type { Environment } from '../config/environment';
import { EXPERIMENTS, templateOutput } from '../game-days';

/** Types that an experiment finds by their tag. */
const MARKED = ['AWS::AutoScaling::AutoScalingGroup', 'AWS::EC2::Subnet', 'AWS::ElastiCache::ReplicationGroup'];

/** Marks what may be hurt in these stacks; servers get the marks when they are launched. */
export function markTargets(environment: string, stacks: readonly Stack[], services: readonly RolledService[]): void {
  for (const stack of stacks) {
    Tags.of(stack).add(GAME_DAY_TAG, environment, { includeResourceTypes: MARKED });
    for (const group of stack.node.findAll()) {
      if (!(group instanceof CfnAutoScalingGroup)) continue;
      const service = services.find(({ groups }) => Object.values(groups).includes(group.autoScalingGroupName ?? ''));
      if (service) Tags.of(group).add(SERVICE_TAG, service.name);
    }
  }
}

/** Names of the critical alarms in these stacks, but of those that look at the very thing that an experiment takes away: what comes of it counts. */
export function stopAlarmsOf(stacks: readonly Stack[]): readonly string[] {
  const rings = new Set<string>(Object.values(EXPERIMENTS).flatMap(({ mayRing }) => mayRing));
  return stacks
    .flatMap((stack) => stack.node.findAll())
    .filter((each) => each instanceof Alarms)
    .filter(({ watched }) => !Object.keys(watched.alerts).some((name) => rings.has(name)))
    .flatMap((alarms) => alarms.named('critical'));
}

export interface GameDaysStackProps extends StackProps {
  readonly config: Environment;
  /** The zone whose loss is played. */
  readonly zone: string;
  readonly vpc: IVpc;
  readonly database: Postgres;
  readonly sessions: SessionStore;
  readonly services: readonly RolledService[];
  /** Names of the alarms of which any ends an experiment. */
  readonly stopAlarms: readonly string[];
  readonly alerting: Alerting;
}

export class GameDaysStack extends Stack {
  constructor(scope: Construct, id: string, props: GameDaysStackProps) {
    super(scope, id, props);
    const { config, zone, vpc, database, sessions, services, stopAlarms, alerting } = props;
    const removalPolicy = config.database.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const { templates } = new Experiments(this, 'Experiments', {
      experiments: EXPERIMENTS,
      environment: config.name,
      service: services[0]?.name ?? '',
      zone: zone.replace(config.region, this.region),
      cidr: config.network.cidr,
      network: vpc.vpcArn,
      database: database.primary.instanceArn,
      databasePort: `${database.connections.defaultPort}`,
      sessions: this.formatArn({
        service: 'elasticache',
        resource: 'replicationgroup',
        resourceName: sessions.group.ref,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
      sessionPort: `${sessions.connections.defaultPort}`,
      groups: services.flatMap(({ groups }) => Object.values(groups)),
      stopAlarms,
      parts: alerting.topics.parts,
      logRetention: config.retention.logDays as RetentionDays,
      logKey: new EncryptionKey(this, 'LogKey', { removalPolicy }).allowLogs(),
    });
    for (const [name, template] of Object.entries(templates))
      new CfnOutput(this, templateOutput(name), { value: template.attrId });
  }
}

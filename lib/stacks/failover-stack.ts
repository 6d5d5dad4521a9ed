/** What brings the writing to the second region, and back. Stands there alone, and needs nothing of the first one to work. */
import { CfnOutput, CrossStackReferences, ReferenceStrength, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnAlarm, CfnCompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';
import type { Alerting } from '../../constructs/alerting/alarms';
import { FailoverMachine, type Place, type Places, type Waiting } from '../../constructs/failover/failover-machine';
import type { ReleaseBucket } from '../../constructs/release/release-bucket';
import type { RolledService } from '../../constructs/release/rolled-service';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import { dnsOf, originName } from '../config/dns';
import type { Environment } from '../config/environment';
import { minimumsOf } from '../config/minimums';
import { type Standby, standbyEnvironment } from '../config/recovery';

export interface FailoverStackProps extends StackProps {
  /** Of the first region. */
  readonly config: Environment;
  readonly domain: NonNullable<Environment['domain']>;
  readonly standby: Standby;
  /** Stacks with the data of both regions: identifiers of databases begin with their names. */
  readonly first: Pick<Stack, 'stackName'>;
  readonly second: Pick<Stack, 'stackName'>;
  /** Of the second region, as all that follows. */
  readonly releases: ReleaseBucket;
  readonly services: readonly RolledService[];
  /** ARN of the rule that says that the region writes. */
  readonly fenceRuleArn: string;
  /** Of the region, with alarms that tell nobody while it waits. */
  readonly waiting: readonly Stack[];
  /** Of the region, with alarms that a way back silences before what they watch goes; they tell from the first. */
  readonly silenced: readonly IConstruct[];
  /** Id of the health check of the first balancer. */
  readonly check: string;
  readonly alerting: Alerting;
}

type AnyAlarm = CfnAlarm | CfnCompositeAlarm;

const alarmsIn = (construct: IConstruct): readonly AnyAlarm[] =>
  construct.node.findAll().filter((each) => each instanceof CfnAlarm || each instanceof CfnCompositeAlarm);

/** How names begin that CloudFormation makes for the alarms that a failover has tell, and a way back silences. */
function quietAlarms({ waiting, silenced }: Pick<FailoverStackProps, 'waiting' | 'silenced'>): readonly string[] {
  const mute = waiting.flatMap(alarmsIn).filter(({ actionsEnabled }) => actionsEnabled === false);
  const all = new Set([...mute, ...silenced.flatMap(alarmsIn)]);
  return [...all].map((alarm) => `${alarm.stack.stackName}-${alarm.stack.getLogicalId(alarm)}-`);
}

/** Of records that are aliases. */
const TTL_SECONDS = 60;
/** Of a check that hangs: 4 to connect, 2 to answer. */
const CHECK_SECONDS = 6;

const placeOf = (region: string, { stackName }: Pick<Stack, 'stackName'>, replicas: number, url: string): Place => {
  const identifier = (which: string) => `${stackName}-${which}`.toLowerCase();
  return {
    region,
    primary: identifier('primary'),
    replicas: Array.from({ length: replicas }, (_, index) => identifier(`replica${index + 1}`)),
    url,
  };
};

function waitingOf({ config, standby, services }: FailoverStackProps): Places['services'] {
  const min = minimumsOf(config);
  const waiting = minimumsOf(standbyEnvironment(config, standby));
  return Object.fromEntries(
    services.map(({ name, groups, balanced }): [string, Waiting] => {
      const { blue, green } = balanced?.targetGroups ?? {};
      const targetGroups = blue && { blue: blue.arn, ...(green && { green: green.arn }) };
      return [name, { groups, targetGroups, waiting: waiting[name] ?? 0, min: min[name] ?? 0 }];
    }),
  );
}

export class FailoverStack extends Stack {
  constructor(scope: Construct, id: string, props: FailoverStackProps) {
    super(scope, id, props);
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG); // it raises no fence that was replaced
    const { config, domain, standby, first, second, releases, check, alerting } = props;
    const { database, retention } = config;
    const removalPolicy = database.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const { checkSeconds, failures } = dnsOf(config);
    const url = (region: string) => `https://${originName(domain, region)}`;
    const places: Places = {
      first: placeOf(config.region, first, database.replicas, url(config.region)),
      second: placeOf(standby.region, second, 0, url(standby.region)),
      fence: props.fenceRuleArn,
      check,
      services: waitingOf(props),
      quiet: quietAlarms(props),
      backupDays: database.backupDays,
      fenceSeconds: checkSeconds * failures + CHECK_SECONDS + TTL_SECONDS,
    };
    const { machine } = new FailoverMachine(this, 'Machine', {
      environment: config.name,
      places,
      bucket: releases.bucket,
      owners: { first: first.stackName, second: second.stackName },
      logRetention: retention.logDays as RetentionDays,
      logKey: new EncryptionKey(this, 'LogKey', { removalPolicy }).allowLogs(),
      failures: alerting.topics.warning,
    });
    new CfnOutput(this, 'FailoverMachineArn', { value: machine.stateMachineArn });
  }
}

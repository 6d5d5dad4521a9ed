/** The wiring of the second region where more than copies stands there: the first region's stacks once more, from its environment. Which region writes is not decided here. */
import type { StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Alerting } from '../constructs/alerting/alarms';
import { regionsOf } from './config/dns';
import type { Environment } from './config/environment';
import { type Standby, standbyEnvironment } from './config/recovery';
import { standbyThresholds } from './config/thresholds';
import type { Archives } from './stacks/archives';
import { BackendStack } from './stacks/backend-stack';
import type { DataStack } from './stacks/data-stack';
import { FailoverStack } from './stacks/failover-stack';
import { MetricsStack } from './stacks/metrics-stack';
import { NetworkStack } from './stacks/network-stack';
import type { RecoveryBaseStack } from './stacks/recovery-base-stack';
import { RolloutsStack } from './stacks/rollouts-stack';
import { StandbyDataStack } from './stacks/standby-data-stack';
import { WorkersStack } from './stacks/workers-stack';

export interface StandbyProps {
  readonly config: Environment;
  readonly standby: Standby;
  /** Of a stack of that name in the second region. */
  readonly stack: (name: string) => StackProps;
  readonly base: RecoveryBaseStack;
  readonly alerting: Alerting;
  readonly archives: Archives;
  /** Of the first region. */
  readonly first: { readonly data: DataStack; readonly backend: BackendStack };
}

export interface StandbyRegion {
  readonly config: Environment;
  readonly data: StandbyDataStack;
  readonly backend: BackendStack;
}

export function standbyRegion(scope: Construct, props: StandbyProps): StandbyRegion {
  const { standby, stack, base, archives, first } = props;
  const config = standbyEnvironment(props.config, standby);
  // visitors notice nothing of it yet, so nobody is woken; what has no server tells nobody
  const { topics } = props.alerting;
  const alerting = {
    ...props.alerting,
    topics: { ...topics, critical: topics.warning },
    thresholds: standbyThresholds(props.config),
    place: 'second region',
  };
  const serving = { ...alerting, quiet: standby.mode === 'pilot-light' };
  const { vpc, addresses } = new NetworkStack(scope, 'NetworkRecovery', {
    ...stack('NetworkRecovery'),
    config,
    alerting,
  });
  const data = new StandbyDataStack(scope, 'DataRecovery', {
    ...stack('DataRecovery'),
    config,
    vpc,
    alerting,
    database: first.data.database,
    secretKey: base.encryptionKey,
  });
  const { database, sessions, jobs } = data;
  const workspace = config.metrics?.prometheus
    ? new MetricsStack(scope, 'MetricsRecovery', { ...stack('MetricsRecovery'), config, topics: alerting.topics })
        .workspace
    : undefined;
  const backend = new BackendStack(scope, 'BackendRecovery', {
    ...stack('BackendRecovery'),
    config,
    vpc,
    addresses,
    database,
    sessions,
    jobs,
    alerting: serving,
    workspace,
    archives,
    regions: regionsOf(props.config),
    standbyOf: { secrets: first.backend.secrets, encryptionKey: base.encryptionKey },
  });
  const { releases, logGroup, loadBalancer, jobAlarms } = backend;
  const alarms = jobAlarms.named('critical');
  const services = [...backend.services];
  const { group } = config.workers;
  if (group) {
    const given = { config, group, vpc, database, jobs, releases, logGroup, alarms, topics: alerting.topics, archives };
    services.push(new WorkersStack(scope, 'WorkersRecovery', { ...stack('WorkersRecovery'), ...given }).service);
  }
  new RolloutsStack(scope, 'RolloutsRecovery', {
    ...stack('RolloutsRecovery'),
    config,
    vpc,
    releases,
    services,
    loadBalancer,
    alerting: serving,
  });
  const { fenceRuleArn } = backend.regionSigns;
  const check = first.backend.regionSigns.guard?.answers.attrHealthCheckId;
  if (config.domain && fenceRuleArn && check)
    new FailoverStack(scope, 'Failover', {
      ...stack('Failover'),
      config: props.config,
      domain: config.domain,
      standby,
      first: first.data,
      second: data,
      releases,
      services,
      fenceRuleArn,
      waiting: [backend],
      silenced: group ? [jobAlarms] : [], // the way back takes the workers' own servers, and none waits in their place
      check,
      alerting,
    });
  return { config, data, backend };
}

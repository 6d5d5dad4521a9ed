/** What brings a release to the servers. Apart from them: a deployment of Backend must not touch what moves them. */
import { CfnOutput, CrossStackReferences, ReferenceStrength, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { IConnectable, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Alerting } from '../../constructs/alerting/alarms';
import type { ReleaseBucket } from '../../constructs/release/release-bucket';
import type { RolledService } from '../../constructs/release/rolled-service';
import { RolloutMachine } from '../../constructs/release/rollout-machine';
import { EncryptionKey } from '../../constructs/security/encryption-key';
import type { Environment } from '../config/environment';

export interface RolloutsStackProps extends StackProps {
  readonly config: Environment;
  readonly vpc: IVpc;
  readonly releases: ReleaseBucket;
  /** In the order in which a release reaches them. */
  readonly services: readonly RolledService[];
  readonly loadBalancer: IConnectable;
  readonly alerting: Alerting;
}

export class RolloutsStack extends Stack {
  constructor(scope: Construct, id: string, props: RolloutsStackProps) {
    super(scope, id, props);
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG); // it moves no listener that was replaced
    const { config, vpc, releases, services, loadBalancer, alerting } = props;
    const removalPolicy = config.database.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const { machine } = new RolloutMachine(this, 'Rollouts', {
      environment: config.name,
      bucket: releases.bucket,
      services,
      vpc,
      balancer: loadBalancer,
      logRetention: config.retention.logDays as RetentionDays,
      logKey: new EncryptionKey(this, 'LogKey', { removalPolicy }).allowLogs(),
      failures: alerting.topics.warning,
    });
    new CfnOutput(this, 'RolloutMachineArn', { value: machine.stateMachineArn });
  }
}

/** Who hears of what, in one region: a topic per severity. It comes first, since every alarm acts on one. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Topics as BySeverity } from '../../constructs/alerting/alarms';
import { Topics } from '../../constructs/alerting/topics';
import type { Environment } from '../config/environment';

export interface AlertingStackProps extends StackProps {
  readonly config: Environment;
}

export class AlertingStack extends Stack {
  readonly topics: BySeverity;

  constructor(scope: Construct, id: string, { config, ...props }: AlertingStackProps) {
    super(scope, id, props);
    this.topics = new Topics(this, 'Topics', {
      emails: config.alerts.emails,
      prometheus: config.metrics?.prometheus,
    }).bySeverity;
  }
}

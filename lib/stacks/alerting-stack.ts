/** Who hears of what, in one region: a topic per severity, and what all its alarms share. It comes first, since every alarm acts on one. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Alerting } from '../../constructs/alerting/alarms';
import { Topics } from '../../constructs/alerting/topics';
import type { Environment } from '../config/environment';
import { dashboardName } from './dashboard-stack';

export interface AlertingStackProps extends StackProps {
  readonly config: Environment;
}

export class AlertingStack extends Stack {
  readonly alerting: Alerting;

  constructor(scope: Construct, id: string, { config, ...props }: AlertingStackProps) {
    super(scope, id, props);
    const { emails, thresholds, maintenance } = config.alerts;
    const console = `https://${config.region}.console.aws.amazon.com/cloudwatch/home?region=${config.region}`;
    this.alerting = {
      topics: new Topics(this, 'Topics', { emails, prometheus: config.metrics?.prometheus }).byName,
      thresholds,
      dashboard: `${console}#dashboards/dashboard/${dashboardName(config.name)}`,
      maintenance,
    };
  }
}

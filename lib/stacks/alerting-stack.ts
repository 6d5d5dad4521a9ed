/** Who hears of what, in one region: a topic per severity, and what all its alarms share. It comes first, since every alarm acts on one. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Alerting } from '../../constructs/alerting/alarms';
import { Costs } from '../../constructs/alerting/costs';
import { Topics } from '../../constructs/alerting/topics';
import { EDGE_REGION } from '../config/edge-region';
import type { Environment } from '../config/environment';
import { thresholdsOf } from '../config/thresholds';
import { dashboardName } from './dashboard-stack';

export interface AlertingStackProps extends StackProps {
  readonly config: Environment;
}

export class AlertingStack extends Stack {
  readonly alerting: Alerting;

  constructor(scope: Construct, id: string, { config, ...props }: AlertingStackProps) {
    super(scope, id, props);
    const { emails, maintenance, repositoryUrl, monthlyBudgetUsd, costAnomalyUsd } = config.alerts;
    const console = `https://${config.region}.console.aws.amazon.com/cloudwatch/home?region=${config.region}`;
    const topics = new Topics(this, 'Topics', { emails, prometheus: config.metrics?.prometheus }).byName;
    this.alerting = {
      topics,
      thresholds: thresholdsOf(config),
      dashboard: `${console}#dashboards/dashboard/${dashboardName(config.name)}`,
      repository: repositoryUrl,
      maintenance,
    };
    if (this.region !== EDGE_REGION) return; // the account's costs are at home there
    const { environment: value } = config.tags;
    new Costs(this, 'Costs', {
      topic: topics.warning,
      monthlyBudgetUsd,
      anomaly: costAnomalyUsd && value ? { tag: 'environment', value, aboveUsd: costAnomalyUsd } : undefined,
    });
  }
}

/** A managed Prometheus for what only the backend's processes know, where `metrics.prometheus` is on. Their figures come from the agents of the fleet. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Topics } from '../../constructs/alerting/alarms';
import { MetricsWorkspace } from '../../constructs/alerting/metrics-workspace';
import type { Environment } from '../config/environment';
import { alertManager } from '../prometheus/alert-manager';
import { ownRows, ruleYaml } from '../prometheus/rules';

export interface MetricsStackProps extends StackProps {
  readonly config: Environment;
  readonly topics: Topics;
}

export class MetricsStack extends Stack {
  readonly workspace: MetricsWorkspace;

  constructor(scope: Construct, id: string, { config, topics, ...props }: MetricsStackProps) {
    super(scope, id, props);
    const { critical, warning, info } = topics;
    this.workspace = new MetricsWorkspace(this, 'Metrics', {
      alias: `holdfast-${config.name}`,
      // what CloudWatch watches too would be told of twice
      rules: ruleYaml(ownRows, config.alerts.thresholds),
      alertManager: alertManager({
        region: this.region,
        account: this.account,
        topics: { critical: critical.topicArn, warning: warning.topicArn, info: info.topicArn },
      }),
      retain: config.database.retain,
    });
  }
}

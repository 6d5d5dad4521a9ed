/** One dashboard for the environment: every alarm of every region, and the curves behind them. Makes no alarm. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import { AlarmBase } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { Alarms } from '../../constructs/alerting/alarms';
import { Deployments } from '../../constructs/dashboard/deployments';
import { EnvironmentDashboard } from '../../constructs/dashboard/environment-dashboard';
import type { Environment } from '../config/environment';
import { businessSignals } from '../dashboard/business';
import { SECTIONS } from '../dashboard/sections';

export interface DashboardStackProps extends StackProps {
  readonly config: Environment;
  /** Where all else of the environment stands: its alarms and deployments are found, so that none is forgotten. */
  readonly environment: Construct;
}

/** Fixed, since every alarm links to it. */
export const dashboardName = (environment: string) => `Holdfast-${environment}`;

export class DashboardStack extends Stack {
  constructor(scope: Construct, id: string, { config, environment, ...props }: DashboardStackProps) {
    super(scope, id, props);
    const { repositoryUrl } = config.alerts;
    const all = environment.node.findAll();
    const deployments = all.find((one) => one instanceof Deployments);
    if (!deployments) throw new Error('the dashboard: expected Deployments in the environment, got none');
    const unwatched = [businessSignals(config.name), deployments.signals].map((signals) => ({
      signals,
      alerts: {},
      thresholds: {},
      region: this.region,
    }));
    const watched = all
      .filter((one) => one instanceof Alarms)
      .map((alarms) => ({ ...alarms.watched, region: Stack.of(alarms).region }));
    new EnvironmentDashboard(this, 'Dashboard', {
      dashboardName: dashboardName(config.name),
      heading: `# ${config.name}\n${this.#links()}`,
      alarms: all.filter((one) => one instanceof AlarmBase),
      watched: [...unwatched, ...watched],
      sections: SECTIONS,
      runbook: (alert, runbook) => {
        const path = `docs/runbooks/${runbook}.md`;
        return repositoryUrl ? `[${alert}](${repositoryUrl}${path})` : `${alert}: ${path}`;
      },
      log: {
        title: 'Deployments: stacks, servers, releases',
        logGroupName: deployments.logGroupName,
        queryLines: [
          'fields @timestamp, `detail-type` as what',
          'fields coalesce(`detail.stack-id`, detail.AutoScalingGroupName, detail.what) as which',
          'fields coalesce(`detail.status-details.status`, detail.status) as result',
          'sort @timestamp desc',
          'limit 20',
        ],
      },
    });
  }

  /** Where to look next, in the console of this region. */
  #links(): string {
    const console = `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}`;
    return `[Alarms](${console}#alarmsV2:) · [Logs](${console}#logsV2:logs-insights)`;
  }
}

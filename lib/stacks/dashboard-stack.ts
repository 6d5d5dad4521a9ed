/** One dashboard for the environment: every alarm of every region, and the curves behind them. Makes no alarm. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import { AlarmBase } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { Alarms } from '../../constructs/alerting/alarms';
import { EnvironmentDashboard } from '../../constructs/dashboard/environment-dashboard';
import type { Environment } from '../config/environment';
import { businessSignals } from '../dashboard/business';
import { SECTIONS } from '../dashboard/sections';

export interface DashboardStackProps extends StackProps {
  readonly config: Environment;
  /** Where all else of the environment stands: its alarms are found, so that none is forgotten. */
  readonly environment: Construct;
}

/** Fixed, since every alarm links to it. */
export const dashboardName = (environment: string) => `Holdfast-${environment}`;

export class DashboardStack extends Stack {
  constructor(scope: Construct, id: string, { config, environment, ...props }: DashboardStackProps) {
    super(scope, id, props);
    const all = environment.node.findAll();
    const business = { signals: businessSignals(config.name), alerts: {}, thresholds: {}, region: this.region };
    const watched = all
      .filter((one) => one instanceof Alarms)
      .map((alarms) => ({ ...alarms.watched, region: Stack.of(alarms).region }));
    new EnvironmentDashboard(this, 'Dashboard', {
      dashboardName: dashboardName(config.name),
      heading: `# ${config.name}`,
      alarms: all.filter((one) => one instanceof AlarmBase),
      watched: [business, ...watched],
      sections: SECTIONS,
      runbook: (alert, runbook) => `${alert}: docs/runbooks/${runbook}.md`,
    });
  }
}

/** One dashboard for the environment: every alarm's state at a glance, then the metrics people ask for first. Makes no alarm. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

export interface Panel {
  readonly title: string;
  readonly metrics: readonly IMetric[];
}

export interface DashboardStackProps extends StackProps {
  /** Name of the environment, in the dashboard's. */
  readonly title: string;
  readonly alarms: readonly IAlarm[];
  readonly panels: readonly Panel[];
}

const COLUMNS = 24;

export class DashboardStack extends Stack {
  constructor(scope: Construct, id: string, { title, alarms, panels, ...props }: DashboardStackProps) {
    super(scope, id, props);
    const dashboard = new Dashboard(this, 'Dashboard', { dashboardName: `Holdfast-${title}` });
    dashboard.addWidgets(
      new TextWidget({ markdown: `# ${title}\nEvery alarm links its runbook.`, width: COLUMNS, height: 2 }),
    );
    dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: COLUMNS, height: 6 }));
    const graphs = panels.map(
      (panel) => new GraphWidget({ title: panel.title, left: [...panel.metrics], width: COLUMNS / 3, height: 6 }),
    );
    for (let row = 0; row < graphs.length; row += 3) dashboard.addWidgets(...graphs.slice(row, row + 3));
  }
}

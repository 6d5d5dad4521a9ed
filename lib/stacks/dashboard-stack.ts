/** One dashboard for the environment: every alarm's state at a glance, the business's figures, then each alarm's metric with its threshold. Makes no alarm. */
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  AlarmWidget,
  Dashboard,
  GraphWidget,
  Metric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

export interface DashboardStackProps extends StackProps {
  /** Name of the environment, in the dashboard's. */
  readonly title: string;
  readonly alarms: readonly Alarm[];
}

/** Fixed, since every alarm links to it. */
export const dashboardName = (environment: string) => `Holdfast-${environment}`;

const COLUMNS = 24;

/** What the backend's logs tell (app/backend/metrics/business.ts): title, metric and how it adds up over servers. */
const BUSINESS = [
  ['Sign-ups', 'SignUps', 'Sum'],
  ['Orders', 'Orders', 'Sum'],
  ['Active users today', 'ActiveUsers', 'Maximum'], // each server tells the count of all
] as const;

export class DashboardStack extends Stack {
  constructor(scope: Construct, id: string, { title, alarms, ...props }: DashboardStackProps) {
    super(scope, id, props);
    const dashboard = new Dashboard(this, 'Dashboard', { dashboardName: dashboardName(title) });
    dashboard.addWidgets(
      new TextWidget({ markdown: `# ${title}\nEvery alarm links its runbook.`, width: COLUMNS, height: 2 }),
    );
    dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: COLUMNS, height: 6 }));
    const figures = BUSINESS.map(([heading, metricName, statistic]) => {
      const dimensionsMap = { Environment: title };
      const period = Duration.hours(1);
      const metric = new Metric({ namespace: 'Holdfast/Business', metricName, dimensionsMap, statistic, period });
      return new GraphWidget({ title: heading, left: [metric], width: COLUMNS / 3, height: 6 });
    });
    dashboard.addWidgets(...figures);
    const graphs = alarms.map(
      (alarm) => new AlarmWidget({ title: alarm.node.id, alarm, width: COLUMNS / 3, height: 6 }),
    );
    for (let row = 0; row < graphs.length; row += 3) dashboard.addWidgets(...graphs.slice(row, row + 3));
  }
}

/** A dashboard of an environment: every alarm's state, then sections of graphs. It flows through the grid of 24 columns by itself. Makes no alarm. */
import { Stack } from 'aws-cdk-lib';
import {
  type AlarmBase,
  AlarmState,
  AlarmStatusWidget,
  AlarmStatusWidgetSortBy,
  Dashboard,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  TextWidget,
  TextWidgetBackground,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Row } from '../alerting/alert';
import { graphWidget } from './graph';
import type { Section } from './section';
import { drawnAs, rest, shownSignals, type Watched } from './shown';

const COLUMNS = 24;
/** Characters in a line of text across the screen of a desktop. */
const LINE = 200;
/** Of one status widget; CloudWatch takes no more. */
const STATES_AT_MOST = 100;

/** In rows of the grid, of which each takes two lines; addresses of links are not seen. */
const heightOf = (markdown: string) => {
  const lines = markdown
    .replace(/\]\([^)]*\)/g, ']')
    .split('\n')
    .map(({ length }) => Math.ceil(length / LINE));
  return 1 + Math.ceil(lines.reduce((sum, one) => sum + one, 0) / 2);
};

export interface EnvironmentDashboardProps {
  readonly dashboardName: string;
  /** Markdown at the top. */
  readonly heading: string;
  /** Of all regions. */
  readonly alarms: readonly AlarmBase[];
  readonly watched: readonly Watched[];
  readonly sections: readonly Section[];
  /** Markdown that leads from an alert to its runbook. */
  readonly runbook: (alert: string, runbook: string) => string;
  /** A query of this region's logs, shown as a table after the first section. */
  readonly log: { readonly title: string; readonly logGroupName: string; readonly queryLines: readonly string[] };
}

export class EnvironmentDashboard extends Construct {
  constructor(scope: Construct, id: string, props: EnvironmentDashboardProps) {
    super(scope, id);
    const { alarms, watched, sections } = props;
    const { region } = Stack.of(this);
    const shown = shownSignals(watched);
    const rows = [...new Map<string, Row>(watched.flatMap(({ alerts }) => Object.entries(alerts)))];
    const dashboard = new Dashboard(this, 'Default', { dashboardName: props.dashboardName });

    const text = (markdown: string) =>
      new TextWidget({
        markdown,
        width: COLUMNS,
        height: heightOf(markdown),
        background: TextWidgetBackground.TRANSPARENT,
      });
    const states = (title: string, height: number, only?: AlarmState[]) =>
      Array.from({ length: Math.ceil(alarms.length / STATES_AT_MOST) }, (_, part) => {
        const some = alarms.slice(part * STATES_AT_MOST, (part + 1) * STATES_AT_MOST);
        const sortBy = AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP;
        return new AlarmStatusWidget({ title, alarms: some, states: only, sortBy, width: COLUMNS, height });
      });
    const runbooks = (about: readonly (readonly [string, Row])[]) => {
      const links = about.map(([alert, row]) => props.runbook(alert, row.runbook)).join(' · ');
      return links && `\n\nRunbooks: ${links}`;
    };
    const section = (one: Section): IWidget[][] => {
      const graphs = one.graphs.flatMap(
        (graph) => graphWidget(graph, shown, region, COLUMNS / (one.perRow ?? 3)) ?? [],
      );
      if (graphs.length === 0) return [];
      const names = one.graphs.flatMap(({ signals }) => Object.keys(signals));
      const about = names.flatMap((name) => rows.filter(([alert, row]) => drawnAs(alert, row).includes(name)));
      return [[text(`## ${one.title}\n${one.about}${runbooks(about)}`)], graphs];
    };
    const { title, logGroupName, queryLines } = props.log;
    const table = new LogQueryWidget({
      title,
      logGroupNames: [logGroupName],
      queryLines: [...queryLines],
      view: LogQueryVisualizationType.TABLE,
      width: COLUMNS,
      height: 5,
    });
    const layout: IWidget[][] = [
      [text(`${props.heading}${runbooks(rows.filter(([alert, row]) => drawnAs(alert, row).length === 0))}`)],
      states('Firing, or without data', 3, [AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA]),
      ...sections.slice(0, 1).flatMap(section),
      [table],
      ...[...sections.slice(1), rest(watched, sections)].flatMap(section),
      states('Every alarm', 12),
    ];
    for (const widgets of layout) dashboard.addWidgets(...widgets);
  }
}

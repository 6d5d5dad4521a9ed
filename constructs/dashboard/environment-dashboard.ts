/** A dashboard of an environment: every alarm's state, then sections of graphs. It flows through the grid of 24 columns by itself. Makes no alarm. */
import { Stack } from 'aws-cdk-lib';
import {
  type AlarmBase,
  AlarmState,
  AlarmStatusWidget,
  AlarmStatusWidgetSortBy,
  Dashboard,
  type IWidget,
  TextWidget,
  TextWidgetBackground,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Alerts, Thresholds } from '../alerting/alert';
import type { Signals } from '../alerting/signal';
import { graphWidget, type Shown } from './graph';
import type { Section } from './section';

const COLUMNS = 24;
/** Characters in a line of text across the screen of a desktop. */
const LINE = 200;
/** Of one status widget; CloudWatch takes no more. */
const STATES_AT_MOST = 100;

/** Signals of a construct with the alerts about them. */
export interface Watched {
  readonly signals: Signals;
  readonly alerts: Alerts<Signals>;
  readonly thresholds: Thresholds;
  /** Where the metrics are published. */
  readonly region: string;
}

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
}

/** By signal, since a graph draws a signal wherever it comes from: certificates, say, are in two regions. */
function shownSignals(watched: readonly Watched[]): ReadonlyMap<string, readonly Shown[]> {
  const shown = new Map<string, Shown[]>();
  for (const { signals, alerts, thresholds, region } of watched)
    for (const [name, signal] of Object.entries(signals)) {
      const rows = Object.entries(alerts).filter(([, row]) => row.signal === name);
      const lines = rows.map(([alert, { comparison, threshold, severity }]) => ({
        alert,
        comparison,
        threshold: thresholds[alert] ?? threshold,
        severity,
      }));
      shown.set(name, [...(shown.get(name) ?? []), { ...signal, region, lines }]);
    }
  return shown;
}

/** 'sessionHitRate' → 'Session hit rate' */
const words = (name: string) =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/^./, (letter) => letter.toUpperCase());

/** What alerts watch and no section names: nobody may be woken by a curve that can't be seen. */
function rest(watched: readonly Watched[], sections: readonly Section[]): Section {
  const named = new Set(sections.flatMap(({ graphs }) => graphs.flatMap(({ signals }) => Object.keys(signals))));
  const left = new Set(
    watched
      .flatMap(({ alerts }) => Object.values(alerts).map(({ signal }) => signal))
      .filter((name) => !named.has(name)),
  );
  return {
    title: 'Others',
    about: 'Watched, and in no section yet.',
    graphs: [...left].map((name) => ({ title: words(name), signals: { [name]: words(name).toLowerCase() } })),
  };
}

export class EnvironmentDashboard extends Construct {
  constructor(scope: Construct, id: string, props: EnvironmentDashboardProps) {
    super(scope, id);
    const { alarms, watched, sections } = props;
    const { region } = Stack.of(this);
    const shown = shownSignals(watched);
    const rows = new Map(watched.flatMap(({ alerts }) => Object.entries(alerts)));
    const dashboard = new Dashboard(this, 'Default', { dashboardName: props.dashboardName });

    const text = (markdown: string, height: number) =>
      new TextWidget({ markdown, width: COLUMNS, height, background: TextWidgetBackground.TRANSPARENT });
    const states = (title: string, height: number, only?: AlarmState[]) =>
      Array.from({ length: Math.ceil(alarms.length / STATES_AT_MOST) }, (_, part) => {
        const some = alarms.slice(part * STATES_AT_MOST, (part + 1) * STATES_AT_MOST);
        const sortBy = AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP;
        return new AlarmStatusWidget({ title, alarms: some, states: only, sortBy, width: COLUMNS, height });
      });
    const runbooks = ({ graphs }: Section) => {
      const names = graphs.flatMap(({ signals }) => Object.keys(signals));
      const about = names.flatMap((name) => [...rows].filter(([, { signal }]) => signal === name));
      return about.map(([alert, { runbook }]) => props.runbook(alert, runbook)).join(' · ');
    };
    const section = (one: Section): IWidget[][] => {
      const graphs = one.graphs.flatMap(
        (graph) => graphWidget(graph, shown, region, COLUMNS / (one.perRow ?? 3)) ?? [],
      );
      if (graphs.length === 0) return [];
      const links = runbooks(one);
      const height = links ? 2 + Math.ceil(links.replace(/\]\([^)]*\)/g, '').length / LINE / 2) : 2;
      return [[text(`## ${one.title}\n${one.about}${links && `\n\nRunbooks: ${links}`}`, height)], graphs];
    };
    const layout: IWidget[][] = [
      [text(props.heading, 2)],
      states('Firing, or without data', 3, [AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA]),
      ...[...sections, rest(watched, sections)].flatMap(section),
      states('Every alarm', 12),
    ];
    for (const widgets of layout) dashboard.addWidgets(...widgets);
  }
}

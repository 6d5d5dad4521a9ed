/** Rules for the dashboard of every environment: it shows every alarm and every metric behind one, where that is published, within CloudWatch's limits. */

import { ofType, type Resource, stacksOf, text as textOf } from '../../lib/commands/assembly';
import { dashboardOf, type MetricEntry } from '../../lib/commands/dashboard/body';
import { ASSEMBLIES } from '../support/assemblies';
import { ALL_ENVIRONMENTS } from '../support/options';

/** 'region namespace name dimension=value …', the same for a line of a graph and a metric of an alarm. */
const identity = (
  region: string,
  namespace: unknown,
  name: unknown,
  dimensions: readonly (readonly [unknown, unknown])[],
) => [region, namespace, name, ...dimensions.map(([key, value]) => `${key}=${value}`).sort()].join(' ');

function ofGraph(entry: MetricEntry, widgetRegion: string): string | undefined {
  const options = entry.find((part) => typeof part === 'object');
  const [namespace, name, ...rest] = entry.filter((part) => typeof part === 'string');
  if (!namespace) return undefined;
  const pairs = rest.flatMap((key, index) => (index % 2 === 0 ? [[key, rest[index + 1]] as const] : []));
  return identity(String(options?.region ?? widgetRegion), namespace, name, pairs);
}

interface Stat {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

describe.each(ALL_ENVIRONMENTS)('the dashboard of $name', ({ name: environment }) => {
  const folder = `${ASSEMBLIES}/${environment}`;
  const stacks = stacksOf(folder);
  const { name, widgets, text } = dashboardOf(folder);
  const metrics = widgets.flatMap(({ properties }) =>
    (properties.metrics ?? []).map((entry) => ofGraph(entry, properties.region ?? '')),
  );
  const alarms = ofType(stacks, 'AWS::CloudWatch::Alarm');
  const composites = ofType(stacks, 'AWS::CloudWatch::CompositeAlarm');

  const watched = ({ stack, properties }: Resource): readonly string[] => {
    const queries = (properties.Metrics ?? []) as readonly { readonly MetricStat?: { readonly Metric: Stat } }[];
    const stats: readonly Stat[] = [
      properties as Stat,
      ...queries.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []),
    ];
    return stats
      .filter(({ MetricName }) => MetricName)
      .map(({ Namespace, MetricName, Dimensions = [] }) =>
        identity(
          stack.region,
          Namespace,
          MetricName,
          Dimensions.map(({ Name, Value }) => [Name, textOf(stacks, stack, Value)]),
        ),
      );
  };

  it('has a name that links can count on', () => {
    expect(name).toBe(`Holdfast-${environment}`);
  });

  it('shows the state of every alarm of every region', () => {
    const shown = widgets.flatMap(({ properties }) => (properties.states ? [] : (properties.alarms ?? [])));
    expect(shown.toSorted()).toEqual([...alarms, ...composites].map(({ key }) => key).sort());
  });

  it('draws every metric that an alarm watches, in its region', () => {
    const missing = alarms.flatMap((alarm) =>
      watched(alarm)
        .filter((one) => !metrics.includes(one))
        .map((one) => `${alarm.key}: ${one}`),
    );
    expect(missing).toEqual([]);
  });

  it('draws the threshold of every alarm that has one', () => {
    const draws = (alarm: Resource, threshold: number) =>
      widgets.some(
        ({ properties }) =>
          properties.annotations?.horizontal?.some(({ value }) => value === threshold) &&
          (properties.metrics ?? []).some((entry) =>
            watched(alarm).includes(ofGraph(entry, properties.region ?? '') ?? ''),
          ),
      );
    const telling = alarms.filter(
      ({ properties }) => !JSON.stringify(properties.AlarmActions ?? '').includes('Scaling'),
    );
    const missing = telling.filter(
      (alarm) => alarm.properties.Threshold !== undefined && !draws(alarm, Number(alarm.properties.Threshold)),
    );
    expect(missing.map(({ key }) => key)).toEqual([]);
  });

  it('stays within what CloudWatch takes: 500 graphs, 500 metrics in one, 2,500 in all, 100 alarms in a list, 1 MB', () => {
    expect(widgets.length).toBeLessThanOrEqual(500);
    expect(Math.max(...widgets.map(({ properties }) => properties.metrics?.length ?? 0))).toBeLessThanOrEqual(500);
    expect(metrics.length).toBeLessThanOrEqual(2500);
    expect(Math.max(...widgets.map(({ properties }) => properties.alarms?.length ?? 0))).toBeLessThanOrEqual(100);
    expect(text.length * 2).toBeLessThan(1_000_000); // real names are longer than keys
  });

  it('lays no widget over another, within 24 columns', () => {
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, cell) => `${x + (cell % width)},${y + Math.floor(cell / width)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...widgets.map(({ x, width }) => x + width))).toBe(24);
  });
});

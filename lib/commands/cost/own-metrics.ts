/** The metrics of ours that an alarm or a graph reads, each once a region: CloudWatch bills them by name and dimensions. Those of the servers' agent are counted with the servers. */
import { ofType, type Stack, text } from '../assembly';
import type { MetricEntry, Widget } from '../dashboard/body';

const OURS = /^Holdfast[/-]/;

interface Stat {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** Region, namespace, name and dimensions of those that `stacks` has alarms on. */
function alarmed(stacks: readonly Stack[]): readonly string[] {
  return ofType(stacks, 'AWS::CloudWatch::Alarm').flatMap(({ stack, properties }) => {
    const parts = (properties.Metrics ?? []) as readonly { readonly MetricStat?: { readonly Metric: Stat } }[];
    const stats = [properties as unknown as Stat, ...parts.flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])];
    return stats
      .filter(({ Namespace }) => Namespace !== undefined)
      .map(({ Namespace, MetricName, Dimensions = [] }) => {
        const pairs = Dimensions.map(({ Name, Value }) => `${Name}=${text(stacks, stack, Value)}`);
        return [stack.region, text(stacks, stack, Namespace), MetricName, ...pairs.sort()].join(' ');
      });
  });
}

function graphed(stacks: readonly Stack[]): readonly string[] {
  return ofType(stacks, 'AWS::CloudWatch::Dashboard').flatMap(({ stack, properties: { DashboardBody } }) => {
    const { widgets }: { readonly widgets: readonly Widget[] } = JSON.parse(text(stacks, stack, DashboardBody));
    return widgets.flatMap(({ properties: { region = stack.region, metrics = [] } }) =>
      metrics.flatMap((entry: MetricEntry) => {
        const [namespace, name, ...dimensions] = entry.filter((word) => typeof word === 'string');
        if (!namespace) return []; // an expression
        const pairs = dimensions.flatMap((word, index) => (index % 2 ? [] : [`${word}=${dimensions[index + 1]}`]));
        return [[region, namespace, name, ...pairs.sort()].join(' ')];
      }),
    );
  });
}

/** How many there are in each region. */
export function ownMetrics(stacks: readonly Stack[]): ReadonlyMap<string, number> {
  const all = [...new Set([...alarmed(stacks), ...graphed(stacks)])].map((metric) => metric.split(' '));
  const counts = new Map<string, number>();
  for (const [region = '', namespace = ''] of all)
    if (OURS.test(namespace)) counts.set(region, (counts.get(region) ?? 0) + 1);
  return counts;
}

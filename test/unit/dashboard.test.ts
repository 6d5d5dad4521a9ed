/** The preview of a dashboard: its scenarios against production's dashboard, its curves, and what it refuses. */
import { dashboard } from '../../lib/commands/dashboard';
import { dashboardOf } from '../../lib/commands/dashboard/body';
import { curve, SCENARIOS, times } from '../../lib/commands/dashboard/page/example';
import { graphOf } from '../../lib/commands/dashboard/page/graphs';
import { ASSEMBLIES } from '../support/assemblies';

const { widgets, text } = dashboardOf(`${ASSEMBLIES}/prod`);
const graphs = widgets.flatMap((widget) => graphOf(widget) ?? []);
const NOW = 1_790_000_000;

describe.each(Object.entries(SCENARIOS))('the scenario %s', (_, scenario) => {
  it('names alerts that production has', () => {
    expect(scenario.alarms.filter((alert) => !text.includes(`Alarms${alert}`))).toEqual([]);
  });

  it('names curves that production draws', () => {
    const crossing: readonly (readonly [string, readonly string[]])[] = Object.entries(scenario.crossing);
    const missing = crossing.flatMap(([title, starts]) => {
      const legends = graphs.filter((graph) => graph.title === title).flatMap((graph) => graph.legends);
      return starts
        .filter((start) => !legends.some((legend) => legend.startsWith(start)))
        .map((start) => [title, start]);
    });
    expect(missing).toEqual([]);
  });

  it('crosses the thresholds of the graphs that it names, and no others', () => {
    const crossed = graphs.filter(({ lines, period, ...graph }) => {
      const last = graph.legends.map(
        (legend) => curve({ ...graph, lines, legend }, scenario, times(period, NOW)).at(-1) ?? 0,
      );
      return lines.some(({ value, label }) =>
        last.some((one) => (label.includes(': below ') ? one < value : one > value)),
      );
    });
    expect(crossed.map(({ title }) => title).sort()).toEqual(Object.keys(scenario.crossing).sort());
  });
});

it('draws the same curve each time', () => {
  const at = times(60, NOW);
  expect(curve({ title: 'a', legend: 'b' }, SCENARIOS.healthy, at)).toEqual(
    curve({ title: 'a', legend: 'b' }, SCENARIOS.healthy, at),
  );
});

it('refuses a folder without a synthesised environment, and says what makes one', () => {
  expect(() => dashboardOf('no/such/folder')).toThrow(
    /expected a synthesised environment in no\/such\/folder, got none; npm run synth/,
  );
});

it('refuses an unknown environment before it works', async () => {
  await expect(dashboard(['--env', 'prd'])).rejects.toThrow('expected one of dev, staging, prod, got "prd"');
});

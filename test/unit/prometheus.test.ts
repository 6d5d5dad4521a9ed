/** What is generated for Prometheus and Grafana, without either: that rules fire rightly is test/integration/prometheus-rules.test.ts. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { prometheus } from '../../lib/commands/prometheus';
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { prometheusFiles } from '../../lib/prometheus/files';
import { QUERIES } from '../../lib/prometheus/queries';
import { mirroredRows, ownRows, recorded, ruleFile } from '../../lib/prometheus/rules';

const rows = { ...mirroredRows, ...ownRows };
const lines = Object.entries(rows).flatMap(([name, row]) => (row.kind === undefined ? [[name, row] as const] : []));
const files = prometheusFiles(environment('prod'));
const text = (name: string) => files[name] ?? '';

interface Panel {
  readonly id: number;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly refId: string }[];
  readonly fieldConfig: {
    readonly defaults: { readonly thresholds: { readonly steps: readonly { readonly value: number | null }[] } };
  };
}
const panels: readonly Panel[] = JSON.parse(text('grafana.json')).panels;

describe('the rules', () => {
  const rules = ruleFile(rows, { LatencyHigh: 3 }).groups.flatMap((group) => group.rules);
  const exprOf = (name: string) => rules.find((rule) => 'alert' in rule && rule.alert === name)?.expr;

  it('judge latency and errors by the rows of CloudWatch', () => {
    expect(Object.keys(mirroredRows)).toEqual(
      expect.arrayContaining(['LatencyHigh', 'ErrorRateHigh', 'ErrorRateCritical']),
    );
  });

  it('have the thresholds of the environment', () => {
    expect(exprOf('LatencyHigh')).toBe('sum_over_time((holdfast:latency_p95:seconds > bool 3)[4m59s:1m]) >= 5');
  });

  it('look for M of N minutes', () => {
    expect(exprOf('ErrorRateHigh')).toBe('sum_over_time((holdfast:error_rate:percent > bool 5)[4m59s:1m]) >= 3');
  });

  it('sum recorded minutes for an objective, over both windows and with enough requests', () => {
    const row = {
      kind: 'burnRate',
      bad: 'failedRequests',
      total: 'answered',
      objective: 99.9,
      burn: 14.4,
      longMinutes: 60,
      shortMinutes: 5,
      minimum: 600,
      severity: 'critical',
      runbook: 'x',
      summary: 'x',
    } as const;
    const window = (minutes: number, enough: number) => {
      const [bad, all] = ['failed_requests', 'requests'].map(
        (name) => `sum_over_time(holdfast:${name}:count[${minutes}m59s])`,
      );
      return `100 * ${bad} / ${all} > 1.44 and ${all} >= ${enough}`;
    };
    const rule = ruleFile({ Burns: row }).groups[0]?.rules.at(-1);
    expect(rule?.expr).toBe(`${window(59, 600)} and ${window(4, 50)}`);
  });

  it('ask for no figure that is not recorded', () => {
    const known = new Set(Object.keys(QUERIES).map(recorded));
    const asked = rules.flatMap(({ expr }) => expr.match(/holdfast:\w+:\w+/g) ?? []);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('draws every figure that is recorded, and no other', () => {
    const drawn = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect([...drawn].sort()).toEqual(Object.keys(QUERIES).map(recorded).sort());
  });

  it.each(lines)('shows the line of %s', (_, { signal, threshold }) => {
    const panel = panels.find(({ targets }) => targets.some(({ expr }) => expr === recorded(signal)));
    expect(panel?.fieldConfig.defaults.thresholds.steps.map(({ value }) => value)).toContain(threshold);
  });

  it('lays no panel over another', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24);
  });

  it('gives every panel and every query in it an id of its own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { targets } of panels) expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
  });
});

describe('the scrape', () => {
  it('is every 15 s', () => {
    expect(parse(text('prometheus.yml')).global.scrape_interval).toBe('15s');
  });

  it.each(ENVIRONMENT_NAMES)('asks each process of a server of %s', (name) => {
    const config = environment(name);
    const targets = JSON.parse(prometheusFiles(config)['targets.json'] ?? '');
    expect(targets).toHaveLength(config.fleet.processes);
    expect(targets[0]).toEqual({ targets: ['127.0.0.1:8000'], labels: { environment: name, process: '8000' } });
  });
});

describe('the command', () => {
  const say = jest.spyOn(console, 'log').mockImplementation();
  afterAll(() => say.mockRestore());

  it('writes all of it into a folder', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'holdfast-prometheus-')), 'out');
    expect(await prometheus(['--env', 'staging', '--output', folder, '--targets', '127.0.0.1:9000'])).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['grafana.json', 'prometheus.yml', 'rules.yml', 'targets.json']);
    expect(JSON.parse(readFileSync(join(folder, 'targets.json'), 'utf8'))[0].targets).toEqual(['127.0.0.1:9000']);
  });

  it('refuses an option that it has not, and says which it has', async () => {
    await expect(prometheus(['--port', '1'])).rejects.toThrow("Unknown option '--port'; usage: npm run prometheus");
  });
});

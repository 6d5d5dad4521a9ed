/** Every rule that is generated from the catalogue, fed by promtool with healthy, broken, brief, flapping and missing series. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { mirroredRows, ownRows, ruleFile } from '../../lib/prometheus/rules';
import { inputSeries, ran, STEP, type Timeline } from '../support/prometheus';

const rows = { ...mirroredRows, ...ownRows };
const FOLDER = '.holdfast/integration-prometheus-rules';
const MINUTE = 60 / STEP;

const minutes = (count: number, figure: number | undefined): Timeline => Array(count * MINUTE).fill(figure);

type Claim = readonly [name: string, timeline: Timeline, at: number, fires: boolean, many?: number];

/** What must hold for a row, with figures just off its line. */
function crossing({
  signal,
  comparison,
  threshold,
  forMinutes,
  datapoints = forMinutes,
  missingData,
}: Extract<(typeof rows)[string], { readonly threshold: number }>): readonly Claim[] {
  const whole = threshold === Math.round(threshold) && threshold < 20;
  const near = whole ? 1 : threshold / 100;
  const [broken, well] = comparison === 'above' ? [threshold + near, threshold] : [threshold - near, threshold];
  const healthy = comparison === 'above' ? threshold / 10 : 99;
  const long = forMinutes + 10;
  const shared = /Rate$|^latency/.test(signal);
  const all: readonly Claim[] = [
    ['is silent while all is well', minutes(long, healthy), long, false],
    ['is silent on its line', minutes(long, well), long, false],
    ['fires just off its line', minutes(long, broken), forMinutes + 4, true],
    [
      `does not fire before ${datapoints} minutes`,
      [...minutes(1, undefined), ...minutes(long, broken)],
      datapoints - 1,
      false,
    ],
    [
      'is silent when it flaps',
      Array(10)
        .fill([...minutes(1, broken), ...minutes(2, healthy)])
        .flat(),
      long,
      false,
    ],
    ['is silent without any series', minutes(long, undefined), long, false],
    [
      missingData === 'notBreaching' ? 'is silent when its series end' : 'fires when its series end',
      [...minutes(10, healthy), ...minutes(20, undefined)],
      30,
      missingData !== 'notBreaching',
    ],
    ...(shared ? ([['is silent with few requests', minutes(long, broken), long, false, 1]] as const) : []),
  ];
  return all.filter(([name]) => signal !== 'processRestarts' || !name.includes('flaps')); // a restart can't be undone
}

/** Figures are the percentage of requests that are bad. */
function burning({
  objective,
  burn,
  longMinutes,
  shortMinutes,
  minimum,
}: Extract<(typeof rows)[string], { readonly burn: number }>): readonly Claim[] {
  const line = burn * (100 - objective);
  const long = longMinutes + 5;
  const few = (minimum * STEP) / 60 / longMinutes / 2;
  return [
    ['is silent while all is well', minutes(long, line / 20), long, false],
    ['is silent just below its line', minutes(long, line * 0.98), long, false],
    ['fires just off its line', minutes(long, line * 1.02), long, true],
    ['is silent when it was short', [...minutes(long - 2, 0), ...minutes(2, line * 2)], long, false],
    [
      'is silent when it is over',
      [...minutes(long, line * 2), ...minutes(shortMinutes + 2, 0)],
      long + shortMinutes + 2,
      false,
    ],
    ['is silent with few requests', minutes(long, 100), long, false, few],
    ['is silent without any series', minutes(long, undefined), long, false],
  ];
}

const claims = (row: (typeof rows)[string]) => (row.kind === 'burnRate' ? burning(row) : crossing(row));

const CASES = Object.entries(rows).flatMap(([alert, row]) =>
  claims(row).map(([name, timeline, at, fires, many]) => ({
    name: `${alert} ${name}`,
    alert,
    row,
    timeline,
    at,
    fires,
    many,
  })),
);

let failed: ReadonlySet<string>;
let said: string;

beforeAll(() => {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/rules.yml`, JSON.stringify(ruleFile(rows)));
  const tests = CASES.map(({ name, alert, row, timeline, at, fires, many }) => ({
    name,
    interval: `${STEP}s`,
    input_series: inputSeries(row.kind === 'burnRate' ? row.bad : row.signal, timeline, many),
    alert_rule_test: [
      {
        eval_time: `${at}m`,
        alertname: alert,
        exp_alerts: fires
          ? [
              {
                exp_labels: { severity: row.severity },
                exp_annotations: { summary: row.summary, runbook: `docs/runbooks/${row.runbook}.md` },
              },
            ]
          : [],
      },
    ],
  }));
  writeFileSync(`${FOLDER}/tests.yml`, JSON.stringify({ rule_files: ['rules.yml'], evaluation_interval: '1m', tests }));
  ({ said } = ran('promtool', 'test', 'rules', `${FOLDER}/tests.yml`));
  failed = new Set([...said.matchAll(/name: (.+),$/gm)].map(([, name = '']) => name));
});

it('passes promtool, each rule being well formed', () => {
  expect(ran('promtool', 'check', 'rules', `${FOLDER}/rules.yml`)).toMatchObject({ code: 0 });
});

it('runs to its end', () => {
  expect(said).toMatch(/SUCCESS|name: /);
});

it.each(CASES)('$name', ({ name }) => {
  expect(failed.has(name) ? said.slice(said.indexOf(name), said.indexOf(name) + 400) : '').toBe('');
});

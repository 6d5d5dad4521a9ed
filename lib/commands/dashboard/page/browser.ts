/** Draws the preview's graphs in the browser, and again when the scenario, the width or the colours change. Bundled into the page. */
import uPlot from 'uplot';
import type { Annotation } from '../body';
import { curve, SCENARIOS, times } from './example';
import type { Graph } from './graphs';

const CURVES = 6;
const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
/** CloudWatch's colours, as the page has them. */
const GRAVE: Readonly<Record<string, string>> = { '#d62728': 'critical', '#ff7f0e': 'warning', '#1f77b4': 'info' };

/** 1234567 → '1.23 M', for axes and legends. */
function short(value: number, unit: string): string {
  if (unit === 'seconds' && value > 0 && value < 1) return short(value * 1000, 'milliseconds');
  const scale = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const;
  const [size, letter] = scale.find(([from]) => Math.abs(value) >= from) ?? [1, ''];
  const suffix = { percent: ' %', seconds: ' s', bytes: 'B', milliseconds: ' ms' }[unit] ?? '';
  return `${Number((value / size).toPrecision(3))}${letter && ` ${letter}`}${suffix}`;
}

/** An upright line with its words: where something happened, in the example an hour and a quarter ago. */
function marks(words: readonly string[], last: number) {
  return (chart: uPlot) => {
    const { ctx, bbox } = chart;
    const pixel = devicePixelRatio;
    const x = Math.round(chart.valToPos(last - 75 * 60, 'x', true));
    ctx.save();
    ctx.font = `${11 * pixel}px ${css('font')}`;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'alphabetic';
    ctx.strokeStyle = ctx.fillStyle = css('muted');
    ctx.setLineDash([2 * pixel, 3 * pixel]);
    for (const word of words) {
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.fillText(word, x + 4 * pixel, bbox.top + bbox.height - 5 * pixel);
    }
    ctx.restore();
  };
}

/** Dashed, with their words above them, over the curves. */
function thresholds(lines: readonly Annotation[]) {
  return (chart: uPlot) => {
    const { ctx, bbox } = chart;
    const pixel = devicePixelRatio;
    ctx.save();
    ctx.font = `${11 * pixel}px ${css('font')}`;
    ctx.textAlign = 'right';
    ctx.textBaseline = 'alphabetic';
    const taken: number[] = [];
    for (const { value, label, color } of lines.toSorted((a, b) => b.value - a.value)) {
      const y = Math.round(chart.valToPos(value, 'y', true));
      ctx.strokeStyle = ctx.fillStyle = css(GRAVE[color] ?? 'info');
      ctx.lineWidth = pixel;
      ctx.setLineDash([6 * pixel, 4 * pixel]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      // above its line, unless there is no room or another one's words
      const above = y - 15 * pixel > bbox.top && taken.every((other) => Math.abs(other - y) > 15 * pixel);
      const words = [label, bbox.left + bbox.width - 2 * pixel, above ? y - 4 * pixel : y + 13 * pixel] as const;
      ctx.setLineDash([]);
      ctx.lineWidth = 3 * pixel;
      ctx.strokeStyle = css('card');
      ctx.strokeText(...words, bbox.width - 4 * pixel);
      ctx.fillText(...words, bbox.width - 4 * pixel);
      taken.push(y);
    }
    ctx.restore();
  };
}

function draw(figure: HTMLElement, graph: Graph, scenario: keyof typeof SCENARIOS): uPlot {
  const place = figure.querySelector<HTMLElement>('.chart');
  if (!place) throw new Error(`${graph.title}: expected a place for its chart, got none`);
  const at = times(graph.period, Date.now() / 1000);
  const values = graph.legends.map((legend) => curve({ ...graph, legend }, SCENARIOS[scenario], at));
  const shown = figure.querySelectorAll('output');
  const tell = (index: number) =>
    values.forEach((one, number) => {
      const output = shown[number];
      if (output) output.textContent = short(one[index] ?? 0, graph.unit);
    });
  tell(at.length - 1);
  const top = Math.max(...values.flat(), ...graph.lines.map(({ value }) => value)) || 1;
  const axis = {
    stroke: css('muted'),
    grid: { stroke: css('grid'), width: 1 },
    ticks: { show: false },
    font: `11px ${css('font')}`,
  };
  place.replaceChildren();
  return new uPlot(
    {
      width: place.clientWidth,
      height: place.clientHeight,
      legend: { show: false },
      cursor: { sync: { key: 'time' }, y: false, points: { size: 6 } },
      scales: { y: { range: [0, graph.max ?? top * 1.12] } },
      axes: [
        { ...axis, space: 72, size: 24, values: (_, ticks) => ticks.map((tick) => time(tick, graph.period)) },
        { ...axis, size: 54, space: 32, values: (_, ticks) => ticks.map((tick) => short(tick, graph.unit)) },
      ],
      series: [
        {},
        ...graph.legends.map((label, index) => ({
          label,
          stroke: css(`curve-${index % CURVES}`),
          width: 1.75,
          points: { show: false },
        })),
      ],
      hooks: {
        draw: [thresholds(graph.lines), marks(graph.marks, at.at(-1) ?? 0)],
        setCursor: [({ cursor }) => tell(cursor.idx ?? at.length - 1)],
      },
    },
    [[...at], ...values.map((one) => [...one])],
    place,
  );
}

const time = (second: number, period: number) =>
  new Date(second * 1000).toLocaleString(
    'en-GB',
    period >= 86_400
      ? { day: 'numeric', month: 'short' }
      : { ...(period >= 3600 && { weekday: 'short' }), hour: '2-digit', minute: '2-digit' },
  );

/** Alarms of the scenario in red, in the list of those that fire too. */
function mark(scenario: keyof typeof SCENARIOS): void {
  const firing = (tile: HTMLElement) => SCENARIOS[scenario].alarms.some((alert) => alert === tile.dataset.alert);
  for (const tile of document.querySelectorAll<HTMLElement>('.tile')) {
    const state = firing(tile) ? 'ALARM' : 'OK';
    tile.dataset.state = state;
    tile.querySelectorAll('.state').forEach((text) => {
      text.textContent = state;
    });
    tile.hidden = state === 'OK' && tile.closest('[data-only-firing]') !== null;
  }
  for (const list of document.querySelectorAll<HTMLElement>('[data-only-firing]'))
    list
      .querySelector<HTMLElement>('.none')
      ?.toggleAttribute('hidden', list.querySelector('.tile:not([hidden])') !== null);
}

const graphs: readonly Graph[] = JSON.parse(document.getElementById('graphs')?.textContent ?? '[]');
let charts: uPlot[] = [];

function show(): void {
  const chosen = document.querySelector<HTMLInputElement>('input[name=scenario]:checked')
    ?.value as keyof typeof SCENARIOS;
  for (const chart of charts) chart.destroy();
  charts = [...document.querySelectorAll<HTMLElement>('figure')].flatMap((figure, index) => {
    const graph = graphs[index];
    return graph ? [draw(figure, graph, chosen)] : [];
  });
  mark(chosen);
  document.documentElement.dataset.drawn = chosen;
}

document.querySelector('fieldset')?.addEventListener('change', show);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
let wide = innerWidth;
addEventListener('resize', () => {
  if (innerWidth !== wide) show(); // a phone's bar of addresses changes the height alone
  wide = innerWidth;
});
show();

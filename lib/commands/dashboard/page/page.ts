/** A dashboard as one HTML file that needs nothing else: its widgets in their places, its curves drawn by the script it carries. */
import type { DashboardOf, Widget } from '../body';
import { SCENARIOS } from './example';
import { graphOf } from './graphs';

export interface PageParts {
  readonly styles: string;
  /** Bundled from browser.ts. */
  readonly script: string;
}

const CURVES = 6;
const html = (text: string) =>
  text.replace(/[&<>"]/g, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter] ?? letter);

/** The Markdown that our own dashboards use: headings, links, paragraphs. */
const markdown = (text: string) =>
  text
    .split(/\n+/)
    .map((line) => {
      const [, marks, words = line] = /^(#+) (.*)/.exec(line) ?? [];
      const inside = html(words).replace(/\[([^\]]+)\]\(([^)]+)\)/g, '<a href="$2">$1</a>');
      return marks ? `<h${marks.length}>${inside}</h${marks.length}>` : `<p>${inside}</p>`;
    })
    .join('\n');

/** 'Backend.BalancerAlarmsLatencyHigh9E60F281' → 'LatencyHigh' */
const alertOf = (key: string) =>
  key.replace(/[0-9A-F]{8}$/, '').replace(/^.*?(Alarms|\.)(?=[A-Z])(?:.*Alarms(?=[A-Z]))?/, '');

function tile(key: string): string {
  const name = alertOf(key);
  return `<li class="tile" data-alert="${html(name.replace(/\d+$/, ''))}">${html(name)}<br><small>${html(key.split('.')[0] ?? '')}</small> <span class="state">OK</span></li>`;
}

function inside(widget: Widget): string {
  const { properties } = widget;
  const heading = widget.type === 'alarm' ? 'h2' : 'h3'; // lists of alarms stand outside the sections
  const title = properties.title ? `<${heading}>${html(properties.title)}</${heading}>` : '';
  const graph = graphOf(widget);
  if (graph) {
    const legends = graph.legends.map(
      (legend, index) => `<li><i class="c${index % CURVES}"></i>${html(legend)} <output></output></li>`,
    );
    const said = [graph.legends.join(', '), ...graph.lines.map(({ label }) => label)].join('; ');
    return `<figure>${title}<ul class="legend">${legends.join('')}</ul><div class="chart" role="img" aria-label="${html(`${graph.title}: ${said}`)}"></div></figure>`;
  }
  if (widget.type === 'alarm') {
    const none = properties.states ? '<p class="none">None.</p>' : '';
    return `${title}${none}<ul class="tiles">${(properties.alarms ?? []).map(tile).join('')}</ul>`;
  }
  if (widget.type === 'log') return `${title}<pre>${html(properties.query ?? '')}</pre>`;
  return markdown(properties.markdown ?? '');
}

function place(widget: Widget): string {
  const { x, y, width, height, type, properties } = widget;
  const only = type === 'alarm' && properties.states ? ' data-only-firing' : '';
  const style = `--x:${x + 1};--y:${y + 1};--w:${width};--h:${height}`;
  return `<section class="${type}" style="${style}"${only}>${inside(widget)}</section>`;
}

export function page({ name, widgets }: DashboardOf, { styles, script }: PageParts): string {
  const choices = Object.entries(SCENARIOS).map(
    ([key, { title }], index) =>
      `<label><input type="radio" name="scenario" value="${key}"${index === 0 ? ' checked' : ''}> ${html(title)}</label>`,
  );
  const graphs = JSON.stringify(widgets.flatMap((widget) => graphOf(widget) ?? [])).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(name)}, preview</title>
<style>${styles}</style>
<header>
<p><strong>Example data.</strong> The dashboard ${html(name)} as its template has it; no figure was measured.</p>
<fieldset><legend>Show</legend>${choices.join('')}</fieldset>
</header>
<main>
${widgets.map(place).join('\n')}
</main>
<script type="application/json" id="graphs">${graphs}</script>
<script>${script.replaceAll('</script', '<\\/script')}</script>
</html>
`;
}

/** What the stand-ins were told, as a page that follows. */
import type { PagerDutyIncident, SlackMessage } from './channels';

const escaped = (text: string) =>
  text
    .replace(/&(?!(amp|lt|gt);)/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');

const CIRCLES = {
  red_circle: '🔴',
  large_yellow_circle: '🟡',
  large_blue_circle: '🔵',
  large_green_circle: '🟢',
} as const;

/** As Slack would show it, nearly. */
const shown = (text: string) =>
  escaped(text)
    .replace(/:(\w+_circle):/g, (whole, name) => CIRCLES[name as keyof typeof CIRCLES] ?? whole)
    .replace(/\*([^*\n]+)\*/g, '<b>$1</b>')
    .replace(/&lt;(https?:[^|&]+)\|([^&]+)&gt;/g, '<a href="$1">$2</a>')
    .replace(/\n/g, '<br>');

const section = (title: string, empty: string, articles: readonly string[]) =>
  `<section><h2>${title}</h2>${articles.length > 0 ? articles.join('') : `<p>${empty}</p>`}</section>`;

interface Told {
  readonly slack: readonly SlackMessage[];
  readonly pagerDuty: readonly PagerDutyIncident[];
}

export function page({ slack, pagerDuty }: Told): string {
  const messages = slack.toReversed().map(({ texts, channel }) => {
    const changes = texts.length > 1 ? ` · changed ${texts.length - 1} ×` : '';
    return `<article>${shown(texts.at(-1) ?? '')}<footer>${escaped(channel)}${changes}</footer></article>`;
  });
  const incidents = pagerDuty
    .toReversed()
    .map(
      ({ status, summary, events }) =>
        `<article class="${status}"><b>${status}</b> ${escaped(summary)}<footer>${events.map(escaped).join(' → ')}</footer></article>`,
    );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<title>Alerts</title><meta name="viewport" content="width=device-width, initial-scale=1"><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#f6f7f9}
main{display:grid;gap:2rem;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr))}
article{background:#fff;border:1px solid #d5d9de;border-left:4px solid #57606a;border-radius:6px;padding:.75rem 1rem;margin:.75rem 0;overflow-wrap:anywhere}
.triggered{border-left-color:#c1272d}.acknowledged{border-left-color:#9a6700}.resolved{border-left-color:#1a7f37}
footer{color:#57606a;font-size:.85rem;margin-top:.5rem}
</style><h1>What people would hear</h1><main>
${section('Slack', 'Nothing yet.', messages)}
${section('PagerDuty', 'Nothing yet, or it has no channel here.', incidents)}
</main></html>`;
}

/** The pages of the sample, rendered for each request. Opens no port. */
import { html } from './html';

const REPORTS: Readonly<Record<string, readonly (readonly [what: string, how: string])[]>> = {
  'first-steps': [
    ['Clone it', 'One folder holds the application, the servers and all of AWS.'],
    ['Edit one file', 'An environment is a file of values in lib/config.'],
    ['Deploy it', 'npm run deploy -- --env dev'],
  ],
  services: [
    ['Add a folder', 'app/services/NAME/server.ts listens on PORT.'],
    ['Name it', 'A row of services says whose its requests are.'],
  ],
};

const frame = (title: string, inner: ReturnType<typeof html>): string =>
  html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title></head>
<body><main><h1>${title}</h1>${inner}</main></body>
</html>
`.text;

export const list = (): string =>
  frame(
    'Reports',
    html`<ul>${Object.keys(REPORTS).map((name) => html`<li><a href="/reports/${name}">${name}</a></li>`)}</ul>`,
  );

/** Nothing for a report that there isn't. `reader`: whoever the visitor says she is. */
export function report(name: string, reader: string): string | undefined {
  const rows = Object.hasOwn(REPORTS, name) ? REPORTS[name] : undefined;
  if (!rows) return undefined;
  const terms = rows.map(([what, how]) => html`<dt>${what}</dt><dd>${how}</dd>`);
  const greeting = reader ? html`<p>For ${reader}</p>` : html``;
  return frame(name, html`${greeting}<dl>${terms}</dl><p><a href="/reports/">All reports</a></p>`);
}

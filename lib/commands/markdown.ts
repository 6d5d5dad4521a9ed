/** Text of a report as Markdown: a table that reads in a terminal too, and its place in a document. */
import { ConfigError } from '../config/config-error';

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map(
    (head, column) => Math.max(...[heads, ...rows].map((row) => row[column]?.length ?? 0)) || head.length,
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** `page` with `text` between the markers of that report. Throws a ConfigError when it has none. */
export function withReport(page: string, report: string, text: string): string {
  const marked = new RegExp(`(<!-- ${report} -->\n)(?:.|\n)*?(\n<!-- end -->)`);
  if (!marked.test(page))
    throw new ConfigError(`--page: expected a file with '<!-- ${report} -->' and '<!-- end -->', got none`);
  return page.replace(marked, (_, begin: string, end: string) => `${begin}${text}${end}`);
}

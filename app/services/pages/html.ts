/** HTML by template literals: what is put in is escaped, unless it is such HTML itself. Knows no page. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

class Html {
  constructor(readonly text: string) {}
}

type Value = Html | string | number | readonly Html[];

const shown = (value: Value): string => {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return `${value}`.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
};

export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html =>
  new Html(parts.reduce((text, part, index) => text + shown(values[index - 1] ?? '') + part));

/** Which fields of a log a query of Logs Insights names: its words without the language's own, its strings and the names it gives. */

const WORDS =
  /^(fields|filter|stats|sort|limit|parse|display|dedup|by|as|and|or|not|in|like|desc|asc|count|sum|avg|max|min|pct|bin|ispresent|strcontains)$/;

/** '@timestamp' and its kin are CloudWatch's and not in the answer. */
export function fieldsOf(steps: readonly string[]): readonly string[] {
  const text = steps.join(' | ');
  const given = [...text.matchAll(/\bas (\w+)|\(\?<(\w+)>/g)].map(([, alias, group]) => alias ?? group);
  const words = text.replace(/"[^"]*"|\/(?:[^/\\]|\\.)+\/|\b\d\w*/g, ' ').match(/@?[A-Za-z][\w.]*/g);
  return [...new Set(words)].filter((word) => !WORDS.test(word) && !word.startsWith('@') && !given.includes(word));
}

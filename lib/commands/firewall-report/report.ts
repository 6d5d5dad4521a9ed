/** The report for people: a block for each rule, widest facts first. Holds no address and no query. */
import type { RuleSummary } from './summary';

const listed = (pairs: readonly (readonly [string, number])[]) =>
  pairs.map(([what, count]) => `${what} (${count})`).join(', ');

const block = ({ rule, blocked, counted, networks, withCookies, paths, countries, busiest, hint }: RuleSummary) =>
  [
    `${rule}: ${[blocked && `${blocked} blocked`, counted && `${counted} would be blocked`].filter(Boolean).join(', ')}`,
    `  hint       ${hint}`,
    `  paths      ${listed(paths)}`,
    `  countries  ${listed(countries)}`,
    `  networks   ${networks}, most from ${listed(busiest)}; ${Math.round(withCookies * 100)} % with cookies`,
  ].join('\n');

/** @param requests Lines read, with those that no rule met. @param since What was asked for, such as 'the last 7d'. */
export function reportText(rules: readonly RuleSummary[], requests: number, since: string): string {
  const head = `${requests} logged requests, ${since}`;
  if (rules.length === 0) return `${head}: no rule met any.\n`;
  const suspects = rules
    .filter(({ verdict, blocked }) => verdict === 'visitors' && blocked > 0)
    .map(({ rule }) => rule);
  const safe = rules.filter(({ verdict, counted }) => verdict === 'attack' && counted > 0).map(({ rule }) => rule);
  const advice = [
    ...(suspects.length > 0 ? [`May hit visitors, consider edge.firewall.counted: ${suspects.join(', ')}`] : []),
    ...(safe.length > 0 ? [`Safe to block, take out of edge.firewall.counted: ${safe.join(', ')}`] : []),
  ];
  return [`${head}\n`, ...rules.map(block), '', ...advice, ''].join('\n');
}

/** What the firewall did, rule by rule, and how likely it hit visitors of ours. Judges by figures only: a person decides. */
import type { Match } from './record';

export interface RuleSummary {
  readonly rule: string;
  readonly blocked: number;
  readonly counted: number;
  /** Different ones. */
  readonly networks: number;
  /** Of its requests, 0 to 1. */
  readonly withCookies: number;
  /** Most frequent first, at most 5 of each, with their number of requests. */
  readonly paths: readonly (readonly [string, number])[];
  readonly countries: readonly (readonly [string, number])[];
  readonly busiest: readonly (readonly [string, number])[];
  readonly verdict: 'visitors' | 'attack' | 'unclear';
  /** Why, for people. */
  readonly hint: string;
}

const SHOWN = 5;
/** Fewer requests say nothing. */
const ENOUGH = 10;
const MOST = 0.8;
const CROWD = 10;

/** What this kind of site never has: scanners ask for it. */
const FOREIGN = /\.(php|aspx?|jsp|cgi|env|git|sql|bak|ini)\b|\/(wp-|\.git|\.env|phpmyadmin|cgi-bin|vendor\/)/i;

function ranked(matches: readonly Match[], key: 'path' | 'country' | 'network') {
  const counts = new Map<string, number>();
  for (const match of matches) counts.set(match[key], (counts.get(match[key]) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

const share = (matches: readonly Match[], holds: (match: Match) => boolean) =>
  matches.filter(holds).length / matches.length;

type Judged = Pick<RuleSummary, 'verdict' | 'hint'>;

function judged(
  matches: readonly Match[],
  networks: number,
  [busiest = '', most = 0]: readonly [string, number],
): Judged {
  if (matches.length < ENOUGH)
    return { verdict: 'unclear', hint: `only ${matches.length} requests: wait for more before you decide` };
  if (share(matches, ({ path }) => FOREIGN.test(path)) >= MOST)
    return { verdict: 'attack', hint: 'nearly all ask for files this site never had: scanners; block' };
  if (most / matches.length >= MOST)
    return {
      verdict: 'unclear',
      hint: `nearly all come from ${busiest}: one attacker, or an office behind one address; look before you block`,
    };
  const cookies = share(matches, (match) => match.cookies);
  if (networks >= CROWD && cookies >= 0.5)
    return {
      verdict: 'visitors',
      hint: `${networks} networks, ${Math.round(cookies * 100)} % with cookies: these look like visitors; mend the request or let the rule only count`,
    };
  if (cookies < 0.05) return { verdict: 'attack', hint: 'hardly any carries a cookie: robots; block' };
  return { verdict: 'unclear', hint: 'some carry cookies: look at the paths before you block' };
}

function summaryOf(rule: string, matches: readonly Match[]): RuleSummary {
  const networks = ranked(matches, 'network');
  return {
    rule,
    blocked: matches.filter(({ effect }) => effect === 'blocked').length,
    counted: matches.filter(({ effect }) => effect === 'counted').length,
    networks: networks.length,
    withCookies: share(matches, ({ cookies }) => cookies),
    paths: ranked(matches, 'path').slice(0, SHOWN),
    countries: ranked(matches, 'country').slice(0, SHOWN),
    busiest: networks.slice(0, SHOWN),
    ...judged(matches, networks.length, networks[0] ?? ['', 0]),
  };
}

/** The busiest rule first. */
export function summarised(matches: readonly Match[]): readonly RuleSummary[] {
  const rules = [...new Set(matches.map(({ rule }) => rule))];
  return rules
    .map((rule) =>
      summaryOf(
        rule,
        matches.filter((match) => match.rule === rule),
      ),
    )
    .sort((a, b) => b.blocked + b.counted - a.blocked - a.counted);
}

/** What a loss comes to, in words: for a terminal, for a page, and as JSON. */
import { table } from '../markdown';
import { staticStability } from './capacity';
import { duration } from './figures';
import type { Hurt } from './hurt';
import { FUNCTIONS, type Function_ } from './needs';
import type { Result, System } from './simulate';

const AWAY: Readonly<Record<Function_, string>> = {
  pages: 'no pages',
  API: 'no API',
  logins: 'no logins',
  jobs: 'jobs wait',
  alerts: 'alerts are lost',
  probes: 'a probe is blind',
  'new servers': 'no new server starts',
};
/** Visitors see these; the others are the team's. */
const SEEN: readonly Function_[] = ['pages', 'API', 'logins', 'jobs'];

const away = ({ verdicts }: Result, names: readonly Function_[]) =>
  names
    .filter((name) => verdicts[name].downS > 0)
    .filter((name) => name !== 'logins' || verdicts.logins.downS > verdicts.API.downS)
    .map((name) =>
      Number.isFinite(verdicts[name].downS) ? `${AWAY[name]} for ${duration(verdicts[name].downS)}` : AWAY[name],
    );

/** What visitors notice; 'nothing' where they don't. */
export function noticed(result: Result): string {
  const weakS = Math.max(0, ...SEEN.map((name) => result.verdicts[name].weakS).filter(Number.isFinite));
  const some = weakS > 0 && result.verdicts.API.downS === 0 ? [`some requests fail for ${weakS} s`] : [];
  const late = result.verdicts.pages.lateS > 0 ? [`pages come up to ${result.verdicts.pages.lateS} s late`] : [];
  return [...away(result, SEEN), ...some, ...late].join('; ') || 'nothing';
}

/** Of every thing that is away or weak, with its sum; those of the same sum together. */
export function rto({ verdicts, mend }: Result): string {
  const sums = new Map<string, string[]>();
  for (const name of FUNCTIONS) {
    const { downS, weakS, lateS, terms } = verdicts[name];
    const seconds = downS || weakS || lateS;
    if (seconds === 0) continue;
    const sum = terms.map(({ formula }) => formula).join(' + ');
    const reckoned = sum === `${seconds} s` ? sum : `${sum} = ${duration(seconds)}`;
    const text = Number.isFinite(seconds) ? reckoned : `until mended (${mend.join('; ') || 'by AWS'})`;
    sums.set(text, [...(sums.get(text) ?? []), name]);
  }
  return [...sums].map(([sum, names]) => `${names.join(', ')}: ${sum}`).join('; ') || '0 s';
}

/** By what they have in common, in order. */
function grouped<T>(all: readonly T[], of: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(of(one), [...(groups.get(of(one)) ?? []), one]);
  return groups;
}

/** Who stands in: other copies, and whom CloudFront or DNS leads to. */
function standsIn({ hurts, verdicts }: Result): string {
  const led = FUNCTIONS.flatMap((name) => (verdicts[name].by ? [{ name, by: verdicts[name].by ?? '' }] : []));
  const others = [...grouped(led, ({ by }) => by)].map(([by, of]) => `${of.map(({ name }) => name).join(', ')}: ${by}`);
  const own = hurts
    .filter(({ takesOver }) => takesOver !== 'nothing')
    .map(({ kind, takesOver }) => `${kind}: ${takesOver}`);
  return [...new Set([...own, ...others])].join('; ') || 'nothing';
}

/** The first ones: who is woken by five needs no sixth. */
const MOST_ALARMS = 4;
const alarmsOf = ({ fired, told }: Result) => {
  const first = fired.slice(0, MOST_ALARMS).map(({ name, afterMinutes }) => `${name} ${afterMinutes} min`);
  const more = fired.length > MOST_ALARMS ? [`${fired.length - MOST_ALARMS} more alarms`] : [];
  return [...first, ...more, ...told].join(', ') || 'nobody';
};

/** More than two of a kind are counted. */
function lostLines(hurts: readonly Hurt[]): readonly string[] {
  const kinds = grouped(hurts, ({ kind, takesOver }) => `${kind} → ${takesOver}`);
  return [...kinds].flatMap(([text, alike]) =>
    alike.length > 2 ? [`${alike.length} × ${text}`] : alike.map(({ lost, takesOver }) => `${lost} → ${takesOver}`),
  );
}

/** Of the loss alone, by what it's called in a row; a region hits too much to name. */
const MOST_NAMED = 12;

const named = (all: readonly string[], most = MOST_NAMED) =>
  [...all.slice(0, most), ...(all.length > most ? [`${all.length - most} more`] : [])].join(', ');

export function lossText(environment: string, result: Result): string {
  const { loss, hurts, stops, verdicts, gone, fired, told, mend } = result;
  const line = (head: string, text: string) => `${head.padEnd(14)}${text}`;
  const lost = lostLines(hurts);
  const sources = new Map(FUNCTIONS.flatMap((name) => verdicts[name].terms.map((term) => [term.formula, term.source])));
  return [
    `${loss.name} of ${environment} is lost.`,
    '',
    ...lost.slice(0, MOST_NAMED).map((text, index) => line(index === 0 ? 'lost' : '', text)),
    ...(lost.length > MOST_NAMED ? [line('', `and ${lost.length - MOST_NAMED} more`)] : []),
    ...(stops.length > 0 ? [line('stops with it', named(stops))] : []),
    ...FUNCTIONS.map((name) => {
      const { downS, weakS, lateS, terms, by } = verdicts[name];
      const sum = terms.map(({ formula }) => formula).join(' + ');
      const on = weakS > 0 ? 'on, some requests fail' : lateS > 0 ? 'on, later' : 'on';
      const when = `${downS > 0 ? `away ${duration(downS)}` : on}${sum ? ` (${sum})` : ''}`;
      return line(name, by ? `${when}; then ${by}` : when);
    }),
    line('users notice', noticed(result)),
    line('RTO at most', rto(result)),
    line('RPO', gone.join('; ') || 'nothing is lost'),
    line(
      'alarms',
      fired
        .map(({ name, severity, afterMinutes, region }) => `${name} (${severity}, ${region}) after ${afterMinutes} min`)
        .join(', ') || 'none',
    ),
    line('told besides', told.join(', ') || 'nothing'),
    ...(mend.length > 0 ? [line('mended by', mend.join('; '))] : []),
    ...[...sources].map(([formula, source], index) => line(index === 0 ? 'figures' : '', `${formula}: ${source}`)),
  ].join('\n');
}

const HEADS = ['what is lost', 'takes over', 'users notice', 'RTO at most', 'RPO', 'who is told'] as const;

/** One row for losses of a kind that come to the same. */
export function pageText(environment: string, { losses, lose, parts }: System): string {
  const rows = new Map<string, { readonly names: string[]; readonly cells: readonly string[] }>();
  for (const loss of losses) {
    const result = lose(loss);
    const team = away(result, ['alerts', 'probes', 'new servers']);
    const cells = [
      standsIn(result),
      [noticed(result), ...team].join('; '),
      rto(result),
      result.gone.join('; ') || 'nothing',
      alarmsOf(result),
    ];
    const same = `${loss.kind} ${cells.join(' | ')}`;
    const row = rows.get(same) ?? { names: [], cells };
    row.names.push(row.names.length > 0 ? loss.name.slice(loss.kind.length + 1) : loss.name);
    rows.set(same, row);
  }
  const all = [...rows.values()].map(({ names, cells }) => [named(names, 3), ...cells]);
  const heads: readonly string[] = HEADS;
  return `Computed from the templates of ${environment}, one loss at a time:\n\n${table(heads, all)}\n\n${staticStability(parts.config).text}\n`;
}

export const resultJson = (environment: string, result: Result): string =>
  JSON.stringify({
    environment,
    loss: result.loss.name,
    lost: result.hurts.map(({ lost, takesOver }) => ({ lost, takesOver })),
    stops: result.stops,
    functions: Object.fromEntries(
      FUNCTIONS.map((name) => {
        const { downS, weakS, lateS, terms, by } = result.verdicts[name];
        const downSeconds = Number.isFinite(downS) ? downS : null;
        return [name, { downSeconds, weakSeconds: weakS, lateSeconds: lateS, terms, by }];
      }),
    ),
    usersNotice: noticed(result),
    rto: rto(result),
    rpo: result.gone,
    alarms: result.fired,
    told: result.told,
    mend: result.mend,
  });

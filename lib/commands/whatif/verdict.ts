/** How long each thing that the system does is away after a loss, with the sum behind the figure. */
import type { Resource } from '../assembly';
import { sumOf, type Term } from './figures';
import type { Hurt } from './hurt';
import type { Need } from './needs';

export interface Verdict {
  /** Seconds until it works again, 0 when it never stops, infinite until somebody mends it. */
  readonly downS: number;
  /** Seconds in which some requests fail though it works. */
  readonly weakS: number;
  /** Seconds that each request takes longer, until it is mended. */
  readonly lateS: number;
  /** What those seconds are. */
  readonly terms: readonly Term[];
  /** Who stands in, where somebody does. */
  readonly by?: string;
}

const FINE: Verdict = { downS: 0, weakS: 0, lateS: 0, terms: [] };

const worse = (a: Verdict, b: Verdict): Verdict => {
  const heavier = b.downS - a.downS || b.weakS - a.weakS || b.lateS - a.lateS;
  const [long, short] = heavier > 0 ? [b, a] : [a, b];
  return {
    ...long,
    weakS: Math.max(a.weakS, b.weakS),
    lateS: Math.max(a.lateS, b.lateS),
    by: long.by ?? short.by,
  };
};

function ofHurt({ terms, weak = [], reads }: Hurt, reading: boolean): Verdict {
  if (!terms) return { ...FINE, downS: Number.POSITIVE_INFINITY };
  if (reading && reads) return { ...FINE, weakS: sumOf(terms), terms };
  return { ...FINE, downS: sumOf(terms), weakS: sumOf(weak), terms: terms.length > 0 ? terms : weak };
}

/** `hurt` says what a resource suffers, its keys counted in. */
export function verdictOf(need: Need, hurt: (resource: Resource) => readonly Hurt[]): Verdict {
  if ('at' in need)
    return hurt(need.at)
      .map((each) => ofHurt(each, need.reads === true))
      .reduce(worse, FINE);
  if ('all' in need) return need.all.map((each) => verdictOf(each, hurt)).reduce(worse, FINE);
  let led: readonly Term[] = [];
  let best: Verdict | undefined;
  for (const [index, one] of need.first.entries()) {
    const before = need.first[index - 1];
    if (before?.check && verdictOf(before.check, hurt).downS === 0) break;
    led = [...led, ...one.switch];
    const own = verdictOf(one.need, hurt);
    const after = sumOf(led.filter(({ late }) => !late));
    const lateS = sumOf(led.filter(({ late }) => late));
    const reached = { ...own, downS: after, lateS, terms: led, by: one.name };
    const verdict: Verdict = index === 0 || own.downS > after ? own : reached;
    if (!best || verdict.downS < best.downS) best = verdict;
  }
  return best ?? FINE;
}

/** What was measured, by kind of request, and whether it meets the guide's targets. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** The guide's: 95 of 100 answers within 200 ms, fewer than 1 % errors. */
const TARGET = { p95Ms: 200, errors: 0.01 };
/** More refusals of the rate limit than this, and the run says little about the rest. */
const LIMITED = 0.01;

interface Row {
  requests: number;
  errors: number;
  /** Answered with 429: neither well nor badly, and not in the times. */
  limited: number;
  /** Microseconds. */
  readonly times: RecordableHistogram;
}

export interface Totals {
  readonly requests: number;
  readonly errors: number;
  readonly limited: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

const totals = ({ requests, errors, limited, times }: Row): Totals => {
  const ms = (percentile: number) => (times.count ? times.percentile(percentile) / 1000 : 0);
  return { requests, errors, limited, p50Ms: ms(50), p95Ms: ms(95), p99Ms: ms(99) };
};

export class Measured {
  readonly #rows = new Map<string, Row>();
  readonly #all: Row = { requests: 0, errors: 0, limited: 0, times: createHistogram() };
  readonly #reasons = new Map<string, number>();

  /** `ms` since the request was due; `fault` says what was wrong with the answer, or that there was none. */
  add(kind: string, ms: number, status: number | undefined, fault: string | undefined): void {
    const row = this.#rows.get(kind) ?? { requests: 0, errors: 0, limited: 0, times: createHistogram() };
    this.#rows.set(kind, row);
    for (const each of [row, this.#all]) {
      each.requests++;
      if (status === 429) each.limited++;
      else each.times.record(Math.max(1, Math.round(ms * 1000)));
      if (fault && status !== 429) each.errors++;
    }
    if (!fault || status === 429) return;
    const reason = `${kind}: ${fault}`;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  all(): Totals {
    return totals(this.#all);
  }

  kinds(): ReadonlyMap<string, Totals> {
    return new Map([...this.#rows].map(([kind, row]) => [kind, totals(row)]));
  }

  /** What went wrong and how often, most frequent first. */
  reasons(): readonly (readonly [string, number])[] {
    return [...this.#reasons].sort(([, a], [, b]) => b - a);
  }
}

export interface Judged {
  readonly claim: string;
  readonly got: string;
  readonly holds: boolean;
}

export const share = (part: number, whole: number) => `${(whole ? (100 * part) / whole : 0).toFixed(1)} %`;

/** Each target with what was found. A run without answers meets none. */
export function judge({ requests, errors, limited, p95Ms }: Totals): readonly Judged[] {
  const answered = requests > limited;
  return [
    { claim: `p95 < ${TARGET.p95Ms} ms`, got: `${p95Ms.toFixed(1)} ms`, holds: answered && p95Ms < TARGET.p95Ms },
    {
      claim: `errors < ${100 * TARGET.errors} %`,
      got: share(errors, requests - limited),
      holds: answered && errors / (requests - limited) < TARGET.errors,
    },
    {
      claim: `refused by the rate limit < ${100 * LIMITED} %`,
      got: share(limited, requests),
      holds: limited / Math.max(1, requests) < LIMITED,
    },
  ];
}

/** What was measured, and what is made of it: shares, quantiles, when it was well again. */

export interface Sample {
  readonly kind: string;
  /** When it was to be sent; milliseconds of performance.now(). */
  readonly due: number;
  /** From then to the whole answer. */
  readonly ms: number;
  readonly status: number | string;
  readonly ok: boolean;
  /** Which release answered, where it says so. */
  readonly release?: string;
}

/** A demand and how it went. */
export interface Finding {
  readonly demand: string;
  readonly measured: string;
  readonly holds: boolean;
}

const MOST_REASONS = 6;

export const failed = (samples: readonly Sample[]) => samples.filter(({ ok }) => !ok);

/** Percent that went well. */
export const wentWell = (samples: readonly Sample[]) =>
  (100 * (samples.length - failed(samples).length)) / samples.length;

/** Milliseconds within which that share of them was answered. */
export function quantile(samples: readonly Sample[], share: number): number {
  const times = samples.map(({ ms }) => ms).sort((a, b) => a - b);
  return times[Math.min(times.length - 1, Math.ceil(times.length * share) - 1)] ?? Number.NaN;
}

/** Milliseconds from `since` until the last request that failed was due; 0 when none did afterwards. */
export const recoveredAfter = (samples: readonly Sample[], since: number) =>
  Math.max(0, ...failed(samples).map(({ due }) => due - since));

/** Milliseconds in which none of the wanted ones was due, at the longest: before the first of them and after the last one too. */
export function longestWithout(wanted: readonly Sample[], all: readonly Sample[]): number {
  const [first, ...due] = all.map((sample) => sample.due).sort((a, b) => a - b);
  const times = [first, ...wanted.map((sample) => sample.due).sort((a, b) => a - b), due.at(-1)];
  return Math.max(...times.slice(1).map((time = Number.NaN, index) => time - (times[index] ?? Number.NaN)));
}

/** `3 × order 503, 1 × login timeout`: what failed and how, most often first. */
export function reasons(samples: readonly Sample[]): string {
  const counts = new Map<string, number>();
  for (const { kind, status } of failed(samples)) {
    const reason = `${kind} ${status}`;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const often = [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${count} × ${reason}`);
  return [...often.slice(0, MOST_REASONS), ...(often.length > MOST_REASONS ? ['…'] : [])].join(', ');
}

const ms = (value: number) => (value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${Math.round(value)} ms`);

export const atMost = (demand: string, value: number, limit: number): Finding => ({
  demand: `${demand} ≤ ${ms(limit)}`,
  measured: ms(value),
  holds: value <= limit,
});

export const none = (demand: string, count: number, of?: number, why = ''): Finding => ({
  demand: `no ${demand}`,
  measured: `${count}${of === undefined ? '' : ` of ${of}`}${why && `: ${why}`}`,
  holds: count === 0 && of !== 0,
});

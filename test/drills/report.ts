/** What a drill prints: its steps, its table, and whether it went as it must. */
import type { Finding } from './figures';
import type { Scenario } from './scenario';

/** `MISSED` where a demand doesn't hold. */
export function table(findings: readonly Finding[]): string {
  const rows = [
    ['demand', 'measured', ''],
    ...findings.map(({ demand, measured, holds }) => [demand, measured, holds ? 'ok' : 'MISSED']),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}

/** A drill must hold every demand; a control run must miss the one that its weaker setting breaks. */
export function verdict(
  scenario: Scenario,
  findings: readonly Finding[],
): { readonly well: boolean; readonly words: string } {
  const missed = findings.filter(({ holds }) => !holds);
  const { misses } = scenario as { readonly misses?: string };
  if (misses === undefined) return { well: missed.length === 0, words: missed.length === 0 ? 'holds' : 'FAILED' };
  const well = missed.some(({ demand }) => demand.includes(misses));
  return { well, words: well ? 'red, as a control run must be' : `FAILED: expected '${misses}' to be missed` };
}

/** Prints each step with the seconds since the first. */
export function steps(): (step: string) => void {
  const begin = Date.now();
  return (step) => console.log(`${((Date.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${step}`);
}

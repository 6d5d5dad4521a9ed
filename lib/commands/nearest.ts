/** Which known name somebody may have meant. */

/** Letters to change, add or drop, after Levenshtein. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1])));
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Up to three of `known`, the nearest first. */
export function nearest(name: string, known: readonly string[]): readonly string[] {
  const lower = name.toLowerCase();
  const far = (one: string) => (one.toLowerCase().includes(lower) ? 0 : distance(lower, one.toLowerCase()));
  return [...known].sort((a, b) => far(a) - far(b)).slice(0, 3);
}

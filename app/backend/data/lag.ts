/** How far a replica is behind, in time, from log positions seen on the primary. Works while nothing is written, and needs no clock in common. */

export interface Position {
  /** Milliseconds. */
  readonly at: number;
  /** Byte position in the write-ahead log. */
  readonly lsn: bigint;
}

/** `16/B374D848` as a number. */
export function lsnOf(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/**
 * Milliseconds since the primary was where the replica is now: 0 when it has all that was seen. `seen` is oldest first;
 * a replica behind all of it lags by the age of the oldest at least.
 */
export function lagOf(replayed: bigint, seen: readonly Position[], now: number): number {
  const next = seen.find(({ lsn }) => lsn > replayed);
  return next ? now - next.at : 0;
}

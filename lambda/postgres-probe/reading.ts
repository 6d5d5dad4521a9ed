/** What follows from PostgreSQL's statistics of this run and the last. Asks nothing. */
import type { Figures } from '../probe/report';
import type { Indexes, State, Statement } from './questions';

export const METRICS = {
  /** 1 when it answered and takes writes. */
  Up: 'Count',
  /** Of the whole run. */
  Duration: 'logged',
  /** Blocks that were in its memory, of those asked for since the last run; absent with too few. */
  CacheHit: 'Percent',
  Connections: 'logged',
  /** Of all it takes. */
  ConnectionsUsed: 'logged',
  Size: 'Bytes',
  /** Runs, since the last one of the probe, of statements that took longer than a second on average in that time. */
  SlowStatements: 'Count',
  /** Scans of large tables by an index, of all since the last run; absent with too few. */
  IndexUse: 'logged',
  /** Indexes of large tables that no scan ever used, unique ones aside: each makes writes slower. */
  UnusedIndexes: 'logged',
  /** Of the open transaction that is the oldest. */
  OldestTransaction: 'Seconds',
  Deadlocks: 'Count',
  /** Of the replica furthest behind; absent without one. */
  LagBytes: 'logged',
  Replicas: 'logged',
} as const;

/** Fewer say nothing of the rate. */
const FEWEST = { blocks: 10_000, scans: 100 }; // the probe itself reads some 2,000 blocks
const SLOW_MS = 1000;
/** After this the last run is too long ago: another copy of the function may have told of the time since. */
const LONGEST_GAP_MS = 90_000;

/** A server that refuses the probe's user serves others: then nothing is known, and that the probe is silent alarms. */
export const downUnlessRefused = (error: unknown): Figures<typeof METRICS> =>
  /^(28|42501)/.test(`${(error as { readonly code?: string }).code}`) ? {} : { Up: 0 };

export interface Reading {
  readonly state: State;
  readonly indexes: Indexes;
  /** Undefined where pg_stat_statements isn't there. */
  readonly statements: readonly Statement[] | undefined;
}

export interface Memory {
  readonly at: number;
  readonly reading: Reading;
}

/** Counters that began anew say less than before: then all they say is new. */
const grown = (now: string | number, before: string | number) =>
  Number(now) >= Number(before) ? Number(now) - Number(before) : Number(now);

const share = (part: number, all: number, fewest: number) => (all >= fewest ? (100 * part) / all : undefined);

function slow(now: readonly Statement[], before: readonly Statement[]): number {
  const earlier = new Map(before.map((each) => [each.id, each]));
  return now
    .map(({ id, calls, ms }) => {
      const last = earlier.get(id);
      const forgotten = last && Number(calls) < Number(last.calls);
      // one that wasn't in the list took no second before: its runs since are unknown, the one that brought it here isn't
      if (!last) return { runs: 1, ms: SLOW_MS + 1 };
      return forgotten ? { runs: Number(calls), ms } : { runs: Number(calls) - Number(last.calls), ms: ms - last.ms };
    })
    .filter(({ runs, ms }) => runs > 0 && ms / runs > SLOW_MS)
    .reduce((all, { runs }) => all + runs, 0);
}

/** Figures of "since the last run" are absent without one: once after each start of the function. */
export function figuresOf(reading: Reading, last: Memory | undefined, now: number): Figures<typeof METRICS> {
  const { state, indexes, statements } = reading;
  const before = last && now - last.at <= LONGEST_GAP_MS ? last.reading : undefined;
  const hits = before && grown(state.hits, before.state.hits);
  const reads = before && grown(state.reads, before.state.reads);
  const scans = before && grown(indexes.scans, before.indexes.scans);
  return {
    Up: state.in_recovery ? 0 : 1,
    CacheHit: hits === undefined || reads === undefined ? undefined : share(hits, hits + reads, FEWEST.blocks),
    Connections: state.connections,
    ConnectionsUsed: (100 * state.connections) / state.most_connections,
    Size: Number(state.size),
    SlowStatements: before?.statements && statements ? slow(statements, before.statements) : undefined,
    IndexUse:
      before && scans !== undefined
        ? share(grown(indexes.by_index, before.indexes.by_index), scans, FEWEST.scans)
        : undefined,
    UnusedIndexes: indexes.unused,
    OldestTransaction: state.oldest_transaction,
    Deadlocks: before && grown(state.deadlocks, before.state.deadlocks),
    LagBytes: state.lag === null ? undefined : Number(state.lag),
    Replicas: state.replicas,
  };
}

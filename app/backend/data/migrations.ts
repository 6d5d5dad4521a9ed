/** Brings the schema up to date: numbered SQL files, each once, in one transaction, under a lock that makes several processes wait. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from './database';

/** Any number, the same in every process. */
const LOCK = 7_216_004;
/** An index of a large table takes longer than a request may. */
const SERIES_MS = 3_600_000;

/**
 * Names of the migrations that ran now; undefined on a database that takes no writes and has them all. Throws what PostgreSQL says of
 * the first that fails, of which nothing stays, and when one is missing where none can run.
 */
export async function migrate(database: Database, folder: string): Promise<readonly string[] | undefined> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return database.session(async (run) => {
    await run('begin');
    try {
      await run(`select pg_advisory_xact_lock(${LOCK})`);
      await run('set local statement_timeout = 0'); // not earlier: who waits for the lock gives up and asks again
      const { rows: [is] = [] } = await run<{ readOnly: boolean; known: boolean }>(
        `select current_setting('transaction_read_only') = 'on' as "readOnly", to_regclass('migrations') is not null as known`,
      );
      if (!is?.known && !is?.readOnly)
        await run('create table migrations (name text primary key, at timestamptz not null default now())');
      const { rows } = is?.known ? await run<{ name: string }>('select name from migrations') : { rows: [] };
      const fresh = files.filter((name) => !rows.some((row) => row.name === name));
      if (is?.readOnly && fresh.length > 0)
        throw new Error(
          `schema: expected ${fresh.join(', ')} on a database that takes no writes, got none of it; it comes with the release in the region that writes`,
        );
      for (const name of fresh) {
        await run(readFileSync(join(folder, name), 'utf8'));
        await run('insert into migrations (name) values ($1)', [name]);
      }
      await run('commit');
      return is?.readOnly ? undefined : fresh;
    } catch (error) {
      await run('rollback').catch(() => undefined);
      throw error;
    }
  }, SERIES_MS);
}

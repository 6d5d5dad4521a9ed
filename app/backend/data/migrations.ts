/** Brings the schema up to date: numbered SQL files, each once, in one transaction, under a lock that makes several processes wait. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from './database';

/** Any number, the same in every process. */
const LOCK = 7_216_004;
/** An index of a large table takes longer than a request may. */
const SERIES_MS = 3_600_000;

/** Names of the migrations that ran now. Throws what PostgreSQL says of the first that fails; nothing of it stays. */
export async function migrate(database: Database, folder: string): Promise<readonly string[]> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return database.session(async (run) => {
    await run('begin');
    try {
      await run(`select pg_advisory_xact_lock(${LOCK})`);
      await run('set local statement_timeout = 0'); // not earlier: who waits for the lock gives up and asks again
      await run('create table if not exists migrations (name text primary key, at timestamptz not null default now())');
      const { rows } = await run<{ name: string }>('select name from migrations');
      const fresh = files.filter((name) => !rows.some((row) => row.name === name));
      for (const name of fresh) {
        await run(readFileSync(join(folder, name), 'utf8'));
        await run('insert into migrations (name) values ($1)', [name]);
      }
      await run('commit');
      return fresh;
    } catch (error) {
      await run('rollback').catch(() => undefined);
      throw error;
    }
  }, SERIES_MS);
}

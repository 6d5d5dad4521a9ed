/** What the probe asks PostgreSQL: its own statistics, never a row of the application's. For pg_monitor, on RDS and elsewhere. */

/** One row. `bytes` and counters come as text, since they outgrow a number in theory. */
export const STATE = `
select
  pg_is_in_recovery() as in_recovery,
  current_setting('max_connections')::int as most_connections,
  (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections,
  pg_database_size(current_database())::text as size,
  blks_hit::text as hits,
  blks_read::text as reads,
  deadlocks::text as deadlocks,
  (select coalesce(max(extract(epoch from now() - xact_start)), 0)::float8 from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid() and state <> 'idle') as oldest_transaction,
  (select max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn))::text from pg_stat_replication
    where not pg_is_in_recovery()) as lag,
  (select count(*)::int from pg_stat_replication) as replicas
from pg_stat_database where datname = current_database()`;

/** One row. Of tables whose size makes an index worth it: their scans by index, all their scans, and indexes that none used. */
export const INDEXES = `
select
  coalesce(sum(idx_scan), 0)::text as by_index,
  coalesce(sum(idx_scan) + sum(seq_scan), 0)::text as scans,
  (select count(*)::int from pg_stat_user_indexes u join pg_index i using (indexrelid)
    where u.idx_scan = 0 and not i.indisunique) as unused
from pg_stat_user_tables where n_live_tup > 10000`;

/** Statements that ever took longer than a second. Their text holds no values, but isn't asked for either: the log has it. */
export const STATEMENTS = `
select queryid::text as id, calls::text as calls, total_exec_time as ms
from pg_stat_statements
where dbid = (select oid from pg_database where datname = current_database()) and max_exec_time > 1000
limit 1000`;

export interface State {
  readonly in_recovery: boolean;
  readonly most_connections: number;
  readonly connections: number;
  readonly size: string;
  readonly hits: string;
  readonly reads: string;
  readonly deadlocks: string;
  readonly oldest_transaction: number;
  readonly lag: string | null;
  readonly replicas: number;
}

export interface Indexes {
  readonly by_index: string;
  readonly scans: string;
  readonly unused: number;
}

export interface Statement {
  readonly id: string;
  readonly calls: string;
  readonly ms: number;
}

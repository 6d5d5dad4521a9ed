/** PostgreSQL that stands in for PostgreSQL: streaming copies, promoted or told to follow another. Injects no fault. */
import { Client } from 'pg';
import { ownFolder, runBeside, startPostgres } from './postgres';
import { type Running, until } from './process';
import type { Address, Place } from './servers';
import type { Tools } from './tools';

/** One statement on a connection of its own. @param database whose */
export async function postgresSays(
  { host, port }: Address,
  sql: string,
  database = 'postgres',
): Promise<Record<string, unknown>[]> {
  const limits = { connectionTimeoutMillis: 2000, query_timeout: 20_000 };
  const client = new Client({ host, port, user: 'postgres', database, ...limits });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What a standby of that name is told of whom it follows. */
export const followed = ({ host, port }: Address, name: string) =>
  `host=${host} port=${port} user=postgres application_name=${name}`;

/** Copies a running PostgreSQL with its log. Throws with the last lines of its own. @param more arguments of pg_basebackup */
export async function copyOf(
  tools: Tools,
  from: Address,
  { folder, logFile }: Pick<Place, 'folder' | 'logFile'>,
  { name = 'copy', more = [] }: { readonly name?: string; readonly more?: readonly string[] } = {},
): Promise<void> {
  ownFolder(tools.postgres, folder);
  const args = ['-D', folder, '-d', followed(from, name), '-X', 'stream', '-c', 'fast', '--no-sync', ...more];
  await runBeside(tools, 'pg_basebackup', logFile, args);
}

/** A streaming copy of a running PostgreSQL. @param name what `synchronous_standby_names` of its primary may list @param called as people are told of it */
export async function startStandby(
  tools: Tools,
  place: Place & Address,
  primary: Address,
  name: string,
  called?: string,
): Promise<Running> {
  await until(`PostgreSQL on ${primary.host}`, async () => (await postgresSays(primary, 'select 1')).length > 0);
  await copyOf(tools, primary, place, { name, more: ['-R'] });
  const running = await startPostgres(tools, place, called);
  await until(`${name} following ${primary.host}`, async () => {
    const rows = await postgresSays(
      primary,
      `select 1 from pg_stat_replication where application_name = '${name}' and state = 'streaming'`,
    );
    return rows.length > 0;
  });
  return running;
}

/** Resolves when a server that replays its log has come to the end of it. */
export const recovered = (at: Address): Promise<void> =>
  until('the recovered PostgreSQL', async () => {
    const [row] = await postgresSays(at, 'select pg_is_in_recovery() as recovering');
    return row?.recovering === false;
  });

/** Makes a standby the primary. Resolves when it takes writes. */
export const promote = (standby: Address) => postgresSays(standby, 'select pg_promote(true, 20)');

/** Has a standby follow another primary, without a restart. */
export async function follow(standby: Address, primary: Address, name: string): Promise<void> {
  await postgresSays(standby, `alter system set primary_conninfo = '${followed(primary, name)}'`);
  await postgresSays(standby, 'select pg_reload_conf()');
}

/** Takes effect at once where a parameter is dynamic, else with the next start. */
export async function setParameters(
  at: Address,
  parameters: Readonly<Record<string, string | null | undefined>>,
): Promise<void> {
  for (const [name, value] of Object.entries(parameters))
    await postgresSays(at, value ? `alter system set ${name} = '${value}'` : `alter system reset ${name}`);
  await postgresSays(at, 'select pg_reload_conf()');
}

const LAG = `select case
  when (select status from pg_stat_wal_receiver) = 'streaming' and pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
  else coalesce(extract(epoch from now() - pg_last_xact_replay_timestamp()), 0) end as seconds`;

/** Seconds: 0 while it has all that its source, which it hears, has written. Nothing where it doesn't answer. */
export async function secondsBehind(standby: Address): Promise<number | undefined> {
  const [row] = await postgresSays(standby, LAG).catch(() => []);
  return row && Number(row.seconds);
}

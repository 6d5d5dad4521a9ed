/** PostgreSQL that stands in for PostgreSQL: streaming copies, promoted or told to follow another. Injects no fault. */
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { ownFolder, postgresUser, startPostgres } from './postgres';
import { type Running, run, tail, until } from './process';
import type { Address, Place } from './servers';
import type { Tools } from './tools';

/** One statement on a connection of its own. */
export async function postgresSays({ host, port }: Address, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ host, port, user: 'postgres', connectionTimeoutMillis: 2000, query_timeout: 20_000 });
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

/** A streaming copy of a running PostgreSQL. @param name what `synchronous_standby_names` of its primary may list @param called as people are told of it */
export async function startStandby(
  tools: Tools,
  place: Place & Address,
  primary: Address,
  name: string,
  called?: string,
): Promise<Running> {
  ownFolder(tools.postgres, place.folder);
  await until(`PostgreSQL on ${primary.host}`, async () => (await postgresSays(primary, 'select 1')).length > 0);
  const args = ['-D', place.folder, '-d', followed(primary, name), '-R', '-X', 'stream', '-c', 'fast', '--no-sync'];
  const command = join(dirname(tools.postgres), 'pg_basebackup');
  const { logFile } = place;
  if ((await run({ name: 'pg_basebackup', command, args, ...postgresUser, logFile })) !== 0)
    throw new Error(`pg_basebackup: expected it to copy ${primary.host}:${primary.port}, got:\n${tail(logFile)}`);
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

/** Makes a standby the primary. Resolves when it takes writes. */
export const promote = (standby: Address) => postgresSays(standby, 'select pg_promote(true, 20)');

/** Has a standby follow another primary, without a restart. */
export async function follow(standby: Address, primary: Address, name: string): Promise<void> {
  await postgresSays(standby, `alter system set primary_conninfo = '${followed(primary, name)}'`);
  await postgresSays(standby, 'select pg_reload_conf()');
}

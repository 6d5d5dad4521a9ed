/** Copies of a PostgreSQL and what comes back from them: base backup with archived WAL, logical dump, checksums. Injects no fault. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { ownFolder, runBeside, startPostgres } from '../../lib/rehearsal/postgres';
import { type Running, until } from '../../lib/rehearsal/process';
import type { Address, Place } from '../../lib/rehearsal/servers';
import { postgresSays } from '../../lib/rehearsal/standbys';
import type { Tools } from '../../lib/rehearsal/tools';

/** Each table's rows and the sum of their MD5s, whatever order they lie in. */
export type Checksums = Readonly<Record<string, string>>;

type Says = (sql: string) => Promise<Record<string, unknown>[]>;

const TABLES =
  "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'public' order by 1";
const sumOf = (table: string) =>
  `select count(*) || ' rows, ' || coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint), 0) as sum from ${table} as t`;

async function sums(says: Says): Promise<Checksums> {
  const found: Record<string, string> = {};
  for (const { name } of await says(TABLES)) found[`${name}`] = `${(await says(sumOf(`${name}`)))[0]?.sum}`;
  return found;
}

export const checksums = (at: Address): Promise<Checksums> => sums((sql) => postgresSays(at, sql));

/** One transaction on a connection of its own, which `work` may hold open. */
async function within<T>({ host, port }: Address, begin: string, work: (says: Says) => Promise<T>): Promise<T> {
  const client = new Client({ host, port, user: 'postgres', connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  await client.connect();
  const says: Says = async (sql) => (await client.query(sql)).rows;
  try {
    await says(begin);
    const result = await work(says);
    await says('commit');
    return result;
  } finally {
    await client.end();
  }
}

/** A moment at which nobody writes, by the server's clock, and the checksums then. Writers wait meanwhile. */
export const moment = (at: Address) =>
  within(at, 'begin', async (says) => {
    const names = (await says(TABLES)).map(({ name }) => name);
    await says(`lock table ${names.join(', ')} in share mode`);
    return { sums: await sums(says), time: `${(await says('select clock_timestamp()::text as time'))[0]?.time}` };
  });

const at = ({ host, port }: Address) => ['-h', host, '-p', `${port}`, '-U', 'postgres'];

/** What PostgreSQL is given so that it archives its WAL into that folder. */
export const archiving = (folder: string): readonly string[] => [
  '-c',
  'archive_mode=on',
  '-c',
  `archive_command=cp "%p" "${folder}/%f.new" && mv "${folder}/%f.new" "${folder}/%f"`,
];

/** Without its WAL, which the archive brings. */
export async function baseBackup(tools: Tools, from: Address, { folder, logFile }: Place): Promise<void> {
  ownFolder(tools.postgres, folder);
  await runBeside(tools, 'pg_basebackup', logFile, [...at(from), '-D', folder, '-X', 'none', '-c', 'fast']);
}

/** Resolves when the archive holds all that was written until now. */
export async function archived(from: Address): Promise<void> {
  const [row] = await postgresSays(from, 'select pg_walfile_name(pg_switch_wal()) as name');
  await until(`archived WAL ${row?.name}`, async () => {
    const [{ last } = {}] = await postgresSays(from, 'select last_archived_wal as last from pg_stat_archiver');
    return `${last}` >= `${row?.name}`;
  });
}

/** Starts a base backup and replays the archive. `until`: no further than to that moment. @default to the archive's end */
export async function startRestored(
  tools: Tools,
  place: Place & Address,
  archive: string,
  moment?: string,
): Promise<Running> {
  writeFileSync(join(place.folder, 'recovery.signal'), '');
  const settings = {
    restore_command: `cp "${archive}/%f" "%p"`,
    recovery_target_action: 'promote',
    ...(moment && { recovery_target_time: moment }),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const running = await startPostgres(tools, { ...place, args: [...(place.args ?? []), ...args] });
  await until('the restored PostgreSQL', async () => {
    const [row] = await postgresSays(place, 'select pg_is_in_recovery() as recovering');
    return row?.recovering === false;
  });
  return running;
}

/** A logical dump, and the checksums of the very snapshot that it is of. Nobody waits. */
export const dump = (tools: Tools, from: Address, file: string, logFile: string) =>
  within(from, 'begin isolation level repeatable read', async (says) => {
    const [row] = await says('select pg_export_snapshot() as snapshot');
    await runBeside(tools, 'pg_dump', logFile, [
      ...at(from),
      '-Fc',
      `--snapshot=${row?.snapshot}`,
      '-f',
      file,
      'postgres',
    ]);
    return sums(says);
  });

/** Into an empty database. */
export const restoreDump = (tools: Tools, to: Address, file: string, logFile: string) =>
  runBeside(tools, 'pg_restore', logFile, [...at(to), '--exit-on-error', '-d', 'postgres', file]);

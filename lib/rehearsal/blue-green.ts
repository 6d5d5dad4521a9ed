/** A PostgreSQL of a newer major version that follows an older one by logical replication, and takes over: what RDS's blue/green deployments do, in their order. Knows no names; which server has one is databases.ts's. */
import { join, resolve } from 'node:path';
import { ownFolder, runBeside } from './postgres';
import { until } from './process';
import type { Address } from './servers';
import { postgresSays } from './standbys';
import type { Tools } from './tools';

/** Publication, subscription and slot. */
const NAME = 'blue_green';
/** Of every connection that isn't replication's. */
const CLIENTS = "backend_type = 'client backend' and pid <> pg_backend_pid()";
/** So that nobody may connect to the data, somebody has to be elsewhere. */
const ELSEWHERE = 'template1';

const READ_ONLY = 'alter system set default_transaction_read_only = on';
const WRITABLE = 'alter system reset default_transaction_read_only';

/** A setting takes effect a moment later. */
async function set(at: Address, sql: string): Promise<void> {
  await postgresSays(at, sql, ELSEWHERE);
  await postgresSays(at, 'select pg_reload_conf()', ELSEWHERE);
}

/** Also where nobody else may write. */
const written = (at: Address, statements: readonly string[], database?: string) =>
  postgresSays(at, ['begin read write', ...statements, 'commit'].join('; '), database);

const connections = (at: Address, allowed: boolean) =>
  written(at, [`alter database postgres allow_connections ${allowed}`], ELSEWHERE);

/** Tables without their rows, into an empty database. @param tools of the newer one, whose programs know the older one's */
async function copySchema(tools: Pick<Tools, 'postgres'>, from: Address, to: Address, folder: string) {
  const files = resolve(folder, 'schema');
  ownFolder(tools.postgres, files);
  const [file, logFile] = [join(files, 'schema'), `${folder}/schema.log`];
  const at = ({ host, port }: Address) => ['-h', host, '-p', `${port}`, '-U', 'postgres', '-d', 'postgres'];
  await runBeside(tools, 'pg_dump', logFile, [...at(from), '-Fc', '--schema-only', '-f', file]);
  await runBeside(tools, 'pg_restore', logFile, [...at(to), '--no-privileges', file]);
}

/** The newer one has the tables, and begins to copy their rows. */
export async function subscribe(tools: Pick<Tools, 'postgres'>, blue: Address, green: Address, folder: string) {
  await copySchema(tools, blue, green, folder);
  await postgresSays(blue, `create publication ${NAME} for all tables`);
  await postgresSays(
    green,
    `create subscription ${NAME} connection 'host=${blue.host} port=${blue.port} user=postgres dbname=postgres' publication ${NAME}`,
  );
}

/** Resolves when the newer one has every row. */
export const copied = (green: Address, withinMs?: number) =>
  until(
    'all tables copied',
    async () => {
      const [row] = await postgresSays(
        green,
        "select count(*)::int as left from pg_subscription_rel where srsubstate <> 'r'",
      );
      return row?.left === 0;
    },
    withinMs,
  );

/** Resolves when the newer one has every row and follows; it takes no writes of anybody else. */
export async function followLogically(tools: Pick<Tools, 'postgres'>, blue: Address, green: Address, folder: string) {
  await subscribe(tools, blue, green, folder);
  await set(green, READ_ONLY);
  await copied(green, 60_000);
}

/** The newer one follows no more, and takes writes. */
export async function detach(green: Address): Promise<void> {
  await written(green, [
    `alter subscription ${NAME} disable`,
    `alter subscription ${NAME} set (slot_name = none)`, // which is on a server that may refuse connections
    `drop subscription ${NAME}`,
  ]);
  await set(green, WRITABLE);
}

const DROP_SLOT = `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '${NAME}'`;

/** The older one may be connected to, and keeps nothing for who followed. */
export async function forgetFollower(blue: Address): Promise<void> {
  await until('the slot free', async () => {
    await connections(blue, true); // it may just have started
    await postgresSays(blue, DROP_SLOT);
    return true;
  });
  await written(blue, [`drop publication if exists ${NAME}`]);
}

/** Of tables: views of an extension differ by version. */
const COLUMNS = `select string_agg(table_name || '.' || column_name || ' ' || data_type, ', ' order by table_name, column_name) as columns
  from information_schema.columns join information_schema.tables using (table_schema, table_name)
  where table_schema = 'public' and table_type = 'BASE TABLE'`;

/** RDS's guardrails, as far as they can be broken here. Throws with what it finds. */
async function guard(blue: Address, green: Address): Promise<void> {
  const [follows] = await postgresSays(green, `select pid is not null as yes from pg_stat_subscription`);
  if (follows?.yes !== true) throw new Error('the green instance does not replicate');
  const [others] = await postgresSays(
    blue,
    `select count(*)::int as count from pg_replication_slots where slot_type = 'logical' and slot_name <> '${NAME}'`,
  );
  if (others?.count !== 0) throw new Error('external replication on the blue instance');
  const [[before], [after]] = [await postgresSays(blue, COLUMNS), await postgresSays(green, COLUMNS)];
  if (before?.columns !== after?.columns)
    throw new Error('Replication degraded: the schema of the blue instance changed');
}

/** Sequences, which aren't replicated. */
async function bringSequences(blue: Address, green: Address): Promise<void> {
  const rows = await postgresSays(
    blue,
    "select format('%I.%I', schemaname, sequencename) as name, last_value as value from pg_sequences where last_value is not null",
  );
  await written(
    green,
    rows.map(({ name, value }) => `select setval('${name}', ${value})`),
  );
}

const dropClients = (at: Address) =>
  postgresSays(at, `select pg_terminate_backend(pid) from pg_stat_activity where ${CLIENTS}`, ELSEWHERE);

async function stopClients(blue: Address, green: Address): Promise<void> {
  await set(blue, READ_ONLY);
  await until('no writes', async () => {
    const [row] = await postgresSays(blue, "select current_setting('transaction_read_only') = 'on' as yes");
    return row?.yes === true;
  });
  await dropClients(blue); // nobody's transaction goes on
  await bringSequences(blue, green);
  await connections(blue, false);
  await dropClients(blue);
}

/**
 * Stops writes, drops connections and allows none, and waits until the newer one has all. Throws where that can't be, or takes longer, and
 * leaves both as they were.
 * @param seconds RDS's `SwitchoverTimeout`
 */
export async function quiesce(blue: Address, green: Address, seconds: number): Promise<void> {
  await guard(blue, green);
  try {
    await stopClients(blue, green);
    const [{ lsn } = {}] = await postgresSays(blue, 'select pg_current_wal_lsn()::text as lsn', ELSEWHERE);
    const caughtUp = `select confirmed_flush_lsn >= '${lsn}' as yes from pg_replication_slots where slot_name = '${NAME}'`;
    await until(
      'the green instance having all',
      async () => (await postgresSays(blue, caughtUp, ELSEWHERE))[0]?.yes === true,
      seconds * 1000,
    );
  } catch (error) {
    await connections(blue, true);
    await set(blue, WRITABLE);
    throw error;
  }
}

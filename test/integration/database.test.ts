/** Where the backend's database layer reads and writes, on a real PostgreSQL with a real replica. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Database } from '../../app/backend/data/database';
import { migrate } from '../../app/backend/data/migrations';
import { freePorts } from '../../lib/rehearsal/ports';
import { startPostgres } from '../../lib/rehearsal/postgres';
import type { Running } from '../../lib/rehearsal/process';
import { postgresSays, promote, startStandby } from '../../lib/rehearsal/standbys';
import type { Tools } from '../../lib/rehearsal/tools';
import { foundTools, until } from '../support/backend';

const STATE = '.holdfast/integration-database';

let found: Tools;
let primary: Running | undefined;
let replica: Running | undefined;
let at: { primary: { host: string; port: number }; replica: { host: string; port: number } };
let database: Database;

const url = ({ host, port }: { host: string; port: number }) => `postgresql://postgres@${host}:${port}/postgres`;
const place = (name: 'primary' | 'replica') => ({
  ...at[name],
  folder: resolve(STATE, name),
  logFile: `${STATE}/${name}.log`,
});
const open = (writer: { host: string; port: number }) =>
  new Database({ url: url(writer), replicaUrls: [url(at.replica)], poolSize: 5, onError: () => undefined });
/** The port of the server that answered. */
const server = 'select current_setting($$port$$)::int as port, pg_is_in_recovery() as replica';
const readFrom = async () => (await database.read<{ replica: boolean }>(server)).rows[0]?.replica;

/** By a test that leaves a server stopped, or promoted: the next one has new ones. */
let ruined = true;

async function make() {
  for (const part of [replica, primary]) await part?.stop();
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(STATE, { recursive: true });
  const [first = 0, second = 0] = await freePorts(2);
  at = { primary: { host: '127.0.0.1', port: first }, replica: { host: '127.0.0.1', port: second } };
  primary = await startPostgres(found, place('primary'));
  replica = await startStandby(found, place('replica'), at.primary, 'replica');
  ruined = false;
}

beforeAll(async () => {
  found = await foundTools();
});

beforeEach(async () => {
  if (ruined) await make();
  else await postgresSays(at.primary, 'drop schema public cascade; create schema public');
  database = open(at.primary);
});

afterEach(() => database.close());

afterAll(async () => {
  for (const part of [replica, primary]) await part?.stop();
});

it('reads from the replica and writes to the primary', async () => {
  expect(await readFrom()).toBe(true);
  expect((await database.write<{ replica: boolean }>(server)).rows[0]?.replica).toBe(false);
});

it('reads from the primary while the replica is away, and from the replica when it is back', async () => {
  await replica?.stop();
  expect(await readFrom()).toBe(false);
  replica = await startPostgres(found, place('replica'));
  await until(async () => (await readFrom()) === true);
});

it('does not read from a replica that lags, until it has caught up', async () => {
  await postgresSays(at.replica, 'select pg_wal_replay_pause()');
  await database.write('create table t (n int)');
  await until(async () => (await readFrom()) === false);
  await postgresSays(at.replica, 'select pg_wal_replay_resume()');
  await until(async () => (await readFrom()) === true);
});

it('reads from the replica while the primary is away', async () => {
  ruined = true;
  await primary?.stop();
  await wait(1500); // it has looked at the lag in vain by then
  expect(await readFrom()).toBe(true);
});

it('reads from a server in recovery, and writes to it within a second or so once it is promoted', async () => {
  ruined = true;
  await database.close();
  database = open(at.replica);
  expect(await database.takesWrites()).toBe(false);
  await expect(database.write('create table t (n int)')).rejects.toMatchObject({ statusCode: 503 });
  expect((await database.safely<{ replica: boolean }>(server)).rows[0]?.replica).toBe(true);
  await primary?.stop();
  await promote(at.replica);
  await until(async () => (await database.write('create table t (n int)')).rowCount !== undefined);
  expect(await database.takesWrites()).toBe(true);
});

it('repeats what may be repeated after its connections were cut, and nothing else', async () => {
  const cut = () =>
    postgresSays(
      at.primary,
      `select pg_terminate_backend(pid) from pg_stat_activity where query like '%select 7%' and pid <> pg_backend_pid()`,
    );
  const slow = `select 7 as n, pg_sleep(case when (select count(*) from pg_stat_activity where query like '%select 7%' and state = 'active') > 0 then 0.5 else 0 end)`;
  const safe = database.safely<{ n: number }>(slow);
  const unsafe = database.write(slow);
  const outcomes = Promise.allSettled([safe, unsafe]);
  await wait(200);
  await cut();
  const [repeated, failed] = await outcomes;
  expect([repeated.status, failed.status]).toEqual(['fulfilled', 'rejected']);
});

it('refuses at once what would wait behind more than a server serves soon', async () => {
  const asked = Array.from({ length: 150 }, () => database.write('select pg_sleep(0.05)'));
  const refused = (await Promise.allSettled(asked)).filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(45); // 5 have a connection, 100 wait for one
  expect(refused[0]).toMatchObject({ reason: { statusCode: 503 } });
});

it('tells what still waits for an answer when it closes, instead of waiting too', async () => {
  const asked = database.write('select pg_sleep(30)');
  const told = expect(asked).rejects.toMatchObject({ statusCode: 503, cause: { message: 'the process leaves' } });
  await wait(200);
  await database.close();
  await told;
});

it('calls a schema that is still to come unavailable', async () => {
  await expect(database.write('select * from later')).rejects.toMatchObject({ statusCode: 503 });
  await expect(database.read('select later from pg_class')).rejects.toMatchObject({ statusCode: 503 });
});

describe('a migration', () => {
  const migration = (sql: string) => {
    const folder = resolve(STATE, 'migrations');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    writeFileSync(`${folder}/0001_long.sql`, sql);
    return migrate(database, folder);
  };

  it('may take longer than other statements', async () => {
    expect(await migration('create table t (n int); select pg_sleep(6.5);')).toEqual(['0001_long.sql']);
  });

  it('fails, and nothing more, when the server is gone in the middle of it', async () => {
    const failed = expect(migration('select pg_sleep(30)')).rejects.toThrow();
    await wait(200);
    await primary?.stop();
    await failed;
    primary = await startPostgres(found, place('primary'));
    await until(async () => (await database.write('select 1')).rowCount === 1);
  });
});

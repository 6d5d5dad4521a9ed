/** The probe of PostgreSQL on a real server with a real replica, which are frozen, ended and locked under it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { resolve } from 'node:path';
import { Client } from 'pg';
import { postgresMeter, type Target } from '../../lambda/postgres-probe/measure';
import { downUnlessRefused, METRICS } from '../../lambda/postgres-probe/reading';
import { freePorts } from '../../lib/rehearsal/ports';
import { startPostgres } from '../../lib/rehearsal/postgres';
import type { Running } from '../../lib/rehearsal/process';
import type { Address } from '../../lib/rehearsal/servers';
import { postgresSays, startStandby } from '../../lib/rehearsal/standbys';
import type { Tools } from '../../lib/rehearsal/tools';
import { foundTools, until } from '../support/backend';
import { measureWith } from '../support/probe';

const STATE = '.holdfast/integration-probe-postgres';
const USER = 'holdfast_probe';
const PASSWORD = 'a-signed-token-of-15-minutes';

let found: Tools;
let primary: Running;
let replica: Running;
let at: Address;
let copyAt: Address;
const place = (name: string, where: Address) => ({
  ...where,
  folder: resolve(STATE, name),
  logFile: `${STATE}/${name}.log`,
  args: [
    '-c',
    'shared_preload_libraries=pg_stat_statements',
    '-c',
    'wal_receiver_status_interval=1s',
    '-c',
    `hba_file=${resolve(STATE, 'hba.conf')}`,
  ],
});
const says = (sql: string) => postgresSays(at, sql);

/** A probe as Lambda runs it, and all that it wrote. */
function probe(where: Partial<Target> = {}) {
  const target = { ...at, database: 'postgres', user: USER, password: () => PASSWORD, tls: false, ...where };
  return measureWith('postgres', METRICS, postgresMeter(target), downUnlessRefused);
}

beforeAll(async () => {
  found = await foundTools();
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(STATE, { recursive: true });
  const rows = [`host all ${USER} 127.0.0.1/32 scram-sha-256`, 'host all,replication all 127.0.0.1/32 trust'];
  writeFileSync(resolve(STATE, 'hba.conf'), `${rows.join('\n')}\n`);
  const [first = 0, second = 0] = await freePorts(2);
  at = { host: '127.0.0.1', port: first };
  copyAt = { host: '127.0.0.1', port: second };
  primary = await startPostgres(found, place('primary', at));
  await until(async () => (await says('select 1')).length > 0);
  await says(readFileSync('app/backend/migrations/0005_probe.sql', 'utf8'));
  await says(`alter role ${USER} password '${PASSWORD}'`);
  await says('create table big as select n, md5(n::text) as text from generate_series(1, 50000) n');
  await says('create index big_n on big (n)');
  await says('create index big_text on big (text)');
  await says('vacuum analyze big');
  replica = await startStandby(found, place('replica', copyAt), at, 'replica');
}, 60_000);

afterAll(async () => {
  for (const part of [replica, primary]) await part?.stop();
});

it('tells of a healthy server within a second', async () => {
  const told = await probe().look();
  expect(told).toMatchObject({ Up: 1, Replicas: 1, faults: [] });
  expect(told.Duration).toBeLessThan(1000);
  expect(told.Size).toBeGreaterThan(1_000_000);
  expect(told.ConnectionsUsed).toBeGreaterThan(0);
  expect(told.UnusedIndexes).toBe(2);
});

it('has its user made twice without harm', async () => {
  await says(readFileSync('app/backend/migrations/0005_probe.sql', 'utf8'));
  expect(await probe().look()).toMatchObject({ Up: 1 });
});

it('shows no table to the user of the probe', async () => {
  const client = new Client({ ...at, user: USER, password: PASSWORD, database: 'postgres' });
  await client.connect();
  await expect(client.query('select * from big')).rejects.toThrow('permission denied');
  await client.end();
});

it('tells the cache hit ratio of what was read since the last run, not since the server began', async () => {
  const { look } = probe();
  expect((await look()).CacheHit).toBeUndefined();
  for (let each = 0; each < 20; each++) await says('select count(*) from big');
  await until(async () => {
    const { CacheHit } = await look();
    return typeof CacheHit === 'number' && CacheHit > 99;
  });
});

it('tells no cache hit ratio of a few reads', async () => {
  const { look } = probe();
  await look();
  expect((await look()).CacheHit).toBeUndefined();
});

it('counts a statement that takes longer than a second once', async () => {
  const { look } = probe();
  await look();
  await says('select pg_sleep(1.1)');
  expect((await look()).SlowStatements).toBe(1);
  expect((await look()).SlowStatements).toBe(0);
  await says('select pg_sleep(1.1)');
  expect((await look()).SlowStatements).toBe(1);
});

it('tells how many of the scans of large tables use an index', async () => {
  const { look } = probe();
  await look();
  await says(`do $$ begin for each in 1..300 loop perform from big where n = each; end loop; end $$`);
  await says('select count(*) from big');
  await until(async () => {
    const { IndexUse } = await look();
    return typeof IndexUse === 'number' && IndexUse > 90;
  });
});

it('tells the age of the oldest open transaction', async () => {
  const client = new Client({ ...at, user: 'postgres', database: 'postgres' });
  await client.connect();
  await client.query('begin');
  await client.query('select 1');
  await new Promise((later) => setTimeout(later, 1200));
  expect((await probe().look()).OldestTransaction).toBeGreaterThan(1);
  await client.query('rollback');
  await client.end();
  expect((await probe().look()).OldestTransaction).toBeLessThan(1);
});

it('tells the lag in bytes of a replica that stopped reading', async () => {
  const { look } = probe();
  await postgresSays(copyAt, 'select pg_wal_replay_pause()');
  await says('insert into big select n, md5(n::text) from generate_series(1, 20000) n');
  const { LagBytes } = await look();
  await postgresSays(copyAt, 'select pg_wal_replay_resume()');
  expect(LagBytes).toBeGreaterThan(1_000_000);
});

it('is down where the name leads to a server in recovery', async () => {
  expect(await probe(copyAt).look()).toMatchObject({
    Up: 0,
    faults: [expect.stringContaining('recovery')],
  });
});

it('is neither up nor down when it refuses the probe, whose password is told nowhere', async () => {
  const { look, lines } = probe({ password: () => 'a-wrong-one' });
  const told = await look();
  expect(told.Up).toBeUndefined();
  expect(told.faults).toEqual([expect.stringContaining('password authentication failed')]);
  expect(lines.join()).not.toContain('a-wrong-one');
});

it('goes on without slow statements where nobody counts them', async () => {
  await says('drop extension pg_stat_statements');
  const { look } = probe();
  await look();
  const told = await look();
  await says('create extension pg_stat_statements');
  expect(told).toMatchObject({ Up: 1, faults: [expect.stringContaining('pg_stat_statements')] });
  expect(told.SlowStatements).toBeUndefined();
});

it('is down, in time, when it hangs', async () => {
  process.kill(primary.pid, 'SIGSTOP'); // who would accept the connection
  const from = Date.now();
  const told = await probe().look();
  process.kill(primary.pid, 'SIGCONT');
  expect(Date.now() - from).toBeLessThan(3500);
  expect(told).toMatchObject({ Up: 0, faults: [expect.stringMatching(/time/)] });
});

it('is down, in time, when it answers slowly', async () => {
  const slow = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .write('R'),
  ); // unread, it would never hear that the probe has left
  await new Promise<void>((listening) => slow.listen(0, '127.0.0.1', listening));
  const { port } = slow.address() as AddressInfo;
  const from = Date.now();
  const told = await probe({ port }).look();
  slow.close();
  expect(Date.now() - from).toBeLessThan(3500);
  expect(told).toMatchObject({ Up: 0 });
});

it('is down when nobody listens', async () => {
  const [port = 0] = await freePorts(1);
  expect(await probe({ port }).look()).toMatchObject({ Up: 0, faults: [expect.stringContaining('ECONNREFUSED')] });
});

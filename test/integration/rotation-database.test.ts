/** Two users of a real PostgreSQL who take turns, under a real backend with load: what a master without superuser's rights can do, as RDS's. Only Secrets Manager is a stand-in. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { type Login, twoUsers } from '../../lambda/database-rotation/users';
import { freePorts } from '../../lib/rehearsal/ports';
import { startBackend } from '../../lib/rehearsal/servers';
import type { Request } from '../drills/client';
import { Bench, cookieOf, somebody, until } from '../support/backend';
import { type Served, serve, underLoad } from '../support/reloading';
import { run, standIn } from '../support/server-scripts';
import { VaultInMemory } from '../support/vault';

const STATE = resolve('.holdfast/integration-rotation');
const MACHINE = resolve('.holdfast/integration-rotation-machine');
const SIGNING = { current: 's'.repeat(48) };
jest.setTimeout(180_000);

const bench = new Bench('rotation');
const core = twoUsers(false);
let vault: VaultInMemory<Login>;

/** What RDS has before anybody comes: a master who may make roles and is no superuser. */
const AS_RDS = [
  'drop role holdfast_probe',
  'create role rds_superuser',
  'grant pg_monitor to rds_superuser with admin option',
  `create role holdfast login createrole createdb password 'first0first'`,
  'grant rds_superuser to holdfast with admin option',
  'create database app owner holdfast',
  `alter system set log_statement = 'all'`,
];

async function as<T>(login: Partial<Login>, work: (client: Client) => Promise<T>): Promise<T> {
  const { username: user, password, dbname: database } = { ...vault.current, ...login };
  const client = new Client({ ...bench.database, user, password, database });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
const says = async (sql: string, login: Partial<Login> = {}) =>
  as(login, async (client) => (await client.query(sql)).rows);
const administrator = { username: 'postgres' };
const opens = (login: Partial<Login>) =>
  says('select 1', login).then(
    () => true,
    () => false,
  );

beforeAll(async () => {
  rmSync(MACHINE, { recursive: true, force: true });
  await bench.start();
  await bench.stopBackend(bench.port);
  writeFileSync(
    '.holdfast/integration-rotation/postgres/pg_hba.conf',
    ['+rds_iam 127.0.0.1/32 reject', 'holdfast,holdfast_clone 127.0.0.1/32 scram-sha-256', 'all 127.0.0.1/32 trust']
      .map((row) => `host all ${row}\n`) // RDS asks members of rds_iam for tokens, which here are none
      .join(''),
  );
  await bench.sql(AS_RDS);
  vault = new VaultInMemory({
    username: 'holdfast',
    password: 'first0first',
    ...bench.database,
    dbname: 'app',
  });
  await says('create extension pg_stat_statements', administrator); // which RDS's master may
}, 120_000);
afterAll(() => bench.stop());

describe('under load', () => {
  const aws = standIn();
  let served: Served;
  afterAll(() => served.stop());

  const environment = {
    DATABASE_SECRET: 'database',
    SESSIONS_SECRET: 'sessions',
    COOKIE_SECRET: 'cookie',
    TOKEN_SECRET: 'cookie',
    REDIS_PRIMARY: 'unused',
  };

  /** As the unit of a process starts: the secrets of now, then the process. */
  async function begin(port: number) {
    const folder = join(MACHINE, `run/holdfast-${port}`);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'env');
    expect(run(aws, 'app/server/secrets.sh', [file], environment)).toEqual({ code: 0, said: '' });
    const lines = [...readFileSync(file, 'utf8').matchAll(/^(\w+)='(.*)'$/gm)];
    const env = { ...bench.env, ...Object.fromEntries(lines.map(([, name, value]) => [name, value])) };
    const { REDIS_URL = '' } = bench.env;
    return startBackend({
      port,
      release: resolve('dist'),
      logFile: join(STATE, `backend-${port}.log`),
      env: { ...env, REDIS_URL, REDIS_READER_URL: '' },
    });
  }

  it('is rotated twice, and the servers follow, without a failed request', async () => {
    aws.secret('database', vault.current);
    aws.secret('sessions', { username: 'app', password: 'unused' });
    aws.secret('cookie', SIGNING);
    served = await serve({ folder: join(STATE, 'served'), name: 'backend', ports: await freePorts(2), begin });
    const { url } = served;
    await says('create role rds_iam; grant rds_iam to holdfast_probe', administrator); // as the migration has RDS do
    const post = (path: string, body: unknown) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const person = somebody();
    await until(async () => (await post('/api/register', person)).status === 201);
    const cookie = cookieOf(await post('/api/login', person));
    const renew = async () => {
      const env = { ...environment, DESTDIR: MACHINE, NODE: process.execPath };
      return served.run('renew.sh', [], { ...env, PATH: `${aws.folder}:${STATE}/served:${process.env.PATH}` });
    };
    const users: string[] = [];
    const request = (n: number): Omit<Request, 'from'> =>
      n % 2
        ? { path: '/api/profile', headers: { cookie } }
        : {
            method: 'POST',
            path: '/api/orders',
            body: { product: 'rope', quantity: 1 },
            headers: { cookie, 'idempotency-key': `rotated-${n}` },
          };
    const answers = await underLoad(url, request, async () => {
      for (let times = 0; times < 2; times++) {
        const before = served.pids();
        expect(await renew()).toEqual({ code: 0, said: '' }); // nothing is new
        await vault.rotate(core);
        aws.secret('database', vault.current);
        expect(await renew()).toEqual({ code: 0, said: 'reload: 2 processes of backend are new\n' });
        expect(served.pids().filter((pid) => before.includes(pid))).toEqual([]);
        const [row] = await says(
          `select string_agg(distinct usename, ',') as users from pg_stat_activity
           where datname = 'app' and usename like 'holdfast%' and application_name <> 'rotation'`,
          administrator,
        );
        users.push(`${row?.users}`);
      }
    });
    expect(answers.filter(({ status }) => status !== 200 && status !== 201)).toEqual([]);
    const placed = answers.filter(({ status }) => status === 201).length;
    expect(placed).toBeGreaterThan(40);
    expect(await says('select count(*)::int as n from orders')).toEqual([{ n: placed }]);
    expect(users).toEqual(['holdfast_clone', 'holdfast']);
  });
});

describe('both users', () => {
  it('are the owner of everything as soon as they log in, whoever made it', async () => {
    const both = [vault.current, vault.valueOf('AWSPREVIOUS') as Login];
    expect(both.map(({ username }) => username)).toEqual(['holdfast', 'holdfast_clone']);
    for (const [index, login] of both.entries()) {
      await says(`create table made_${index} (n int)`, login);
      await says('alter table users add column if not exists note text', login);
      await says(`create role made_${index}`, login);
    }
    await says('drop table made_0, made_1', both[1]);
    await says('alter table users drop column note; drop role made_0; drop role made_1', both[0]);
    expect(await says(`select distinct tableowner from pg_tables where schemaname = 'public'`, both[1])).toEqual([
      { tableowner: 'holdfast_owner' },
    ]);
  });

  it('are no members of the role whose members log in by tokens alone', async () => {
    const members = `select count(*)::int as n from pg_roles where rolname like 'holdfast%' and not rolsuper
      and pg_has_role(oid, 'rds_iam', 'member')`;
    expect(await says(members, administrator)).toEqual([{ n: 1 }]); // the probe's
  });

  it('leave no password in the log, which has every statement', async () => {
    const log = readFileSync(bench.log('postgres'), 'utf8');
    expect(log.includes('SCRAM-SHA-256$')).toBe(true);
    const said = [...vault.versions.values()].filter(({ value = '' }) => log.includes(JSON.parse(value).password));
    expect(said).toEqual([]);
  });
});

describe('a rotation', () => {
  it('goes on after each step was done twice', async () => {
    const token = vault.begin();
    for (const step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret']) {
      await vault.step(core, step, token);
      await vault.step(core, step, token);
    }
    expect(await opens({})).toBe(true);
  });

  it('goes on with another token after one was given up when its password was set already', async () => {
    const lost = vault.begin();
    await vault.step(core, 'createSecret', lost);
    await vault.step(core, 'setSecret', lost);
    expect(vault.valueOf('AWSPENDING')?.username).toBe('holdfast'); // which changes its own password alone
    await vault.rotate(core);
    expect(vault.current.username).toBe('holdfast');
    expect(await opens({})).toBe(true);
  });

  it('leaves the user in use as it is until the last step', async () => {
    const { current } = vault;
    const token = vault.begin();
    for (const step of ['createSecret', 'setSecret', 'testSecret']) {
      await vault.step(core, step, token);
      expect([vault.current, await opens(current)]).toEqual([current, true]);
    }
    await vault.step(core, 'finishSecret', token);
    expect(await opens(current)).toBe(true);
  });

  it('finds the master that a deployment gave the password of the clone', async () => {
    expect(vault.current.username).toBe('holdfast_clone');
    await says(`alter role holdfast password '${vault.current.password}'`, administrator);
    await vault.rotate(core);
    expect([vault.current.username, await opens({})]).toEqual(['holdfast', true]);
  });

  it('waits for a transaction that has a table it would take over', async () => {
    await says('alter table orders owner to holdfast', administrator);
    const done: string[] = [];
    await as(administrator, async (client) => {
      await client.query('begin; lock table orders');
      const rotated = vault.rotate(core).then(() => done.push('rotated'));
      await wait(1500);
      await client.query('select count(*) from users; commit');
      done.push('committed');
      await rotated;
    });
    expect(done).toEqual(['committed', 'rotated']);
    expect(vault.current.username).toBe('holdfast_clone');
  });

  it('that was cut off in its transaction has changed nothing, and goes on', async () => {
    const token = vault.begin();
    await vault.step(core, 'createSecret', token);
    await says('create table held ()', administrator);
    await says('alter table held owner to holdfast', administrator);
    await as(administrator, async (client) => {
      await client.query('begin; lock table held');
      const cut = expect(vault.step(core, 'setSecret', token)).rejects.toThrow(/terminat|connection error/);
      await wait(1000);
      await says(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rotation'`,
        administrator,
      );
      await cut;
      expect(await opens(vault.valueOf('AWSPENDING') as Login)).toBe(false);
      await client.query('rollback');
    });
    for (const step of ['setSecret', 'testSecret', 'finishSecret']) await vault.step(core, step, token);
    expect([vault.current.username, await opens({})]).toEqual(['holdfast', true]);
  });

  it('refuses to promote what does not open the database', async () => {
    const token = vault.begin();
    await vault.step(core, 'createSecret', token);
    await expect(vault.step(core, 'testSecret', token)).rejects.toThrow('password authentication failed');
  });

  it('says what to do when the master has a password that nobody knows', async () => {
    await says(`alter role holdfast password 'by-hand'`, administrator);
    await expect(vault.rotate(core)).rejects.toThrow(
      /expected one of the secret's passwords to be holdfast's, got none that is; give it the current one by 'aws rds modify-db-instance/,
    );
  });
});

/** The drill of a major upgrade: a newer PostgreSQL follows an older one by logical replication, and takes over while people read and order. Not RDS's own. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError } from '../../../lib/config/check';
import { freePort } from '../../../lib/rehearsal/ports';
import { startPostgres } from '../../../lib/rehearsal/postgres';
import { until } from '../../../lib/rehearsal/process';
import type { Address } from '../../../lib/rehearsal/servers';
import { postgresSays } from '../../../lib/rehearsal/standbys';
import { checksums, copySchema } from '../../support/backups';
import { atMost, type Finding, none } from '../figures';
import { Part } from '../parts';
import type { LoneScenario } from '../scenario';
import type { Site } from '../world';

const OLD_ORDERS = 20_000;
const MIGRATIONS = 'app/backend/migrations';
const READERS = 3;
const EVERY_MS = 25;
const USER = '00000000-0000-4000-8000-000000000001';
const READ_ONLY = 'alter system set default_transaction_read_only = on';

/** An older one than is deployed: named by HOLDFAST_POSTGRES_BEFORE, or as Debian installs it. */
function older(): string {
  const debian = '/usr/lib/postgresql';
  const majors = existsSync(debian)
    ? readdirSync(debian)
        .map(Number)
        .sort((a, b) => b - a)
    : [];
  const found = majors.filter((major) => major < 18).map((major) => join(debian, `${major}/bin/postgres`));
  const path = process.env.HOLDFAST_POSTGRES_BEFORE ?? found.find((each) => existsSync(each));
  if (path) return path;
  throw new ConfigError(
    `HOLDFAST_POSTGRES_BEFORE: expected the path of a postgres older than 18, got none in ${debian}`,
  );
}

/** People who read and one who orders, wherever the name leads. */
class Load {
  readonly failedReads: string[] = [];
  reads = 0;
  acknowledged = 0;
  longestOrderMs = 0;
  at: Address;
  #over = false;
  readonly #all: Promise<unknown>;

  constructor(at: Address) {
    this.at = at;
    this.#all = Promise.all([...Array.from({ length: READERS }, () => this.#read()), this.#order()]);
  }

  async end(): Promise<void> {
    this.#over = true;
    await this.#all;
  }

  async #read(): Promise<void> {
    for (; !this.#over; await wait(EVERY_MS)) {
      this.reads += 1;
      await postgresSays(this.at, 'select * from orders order by number desc limit 20').catch((error) =>
        this.failedReads.push((error as Error).message),
      );
    }
  }

  /** Tries each order until it is taken, as a visitor's Idempotency-Key lets it. */
  async #order(): Promise<void> {
    for (let number = 1; !this.#over; await wait(EVERY_MS)) {
      const begin = performance.now();
      const sql = `insert into orders (user_id, idempotency_key, product, quantity)
                   values ('${USER}', 'new-${number}', 'x', 1) on conflict (user_id, idempotency_key) do nothing`;
      const taken = async () =>
        postgresSays(this.at, sql).then(
          () => true,
          () => false,
        );
      while (!(await taken()) && !this.#over) await wait(EVERY_MS);
      if (this.#over) return;
      this.acknowledged = number++;
      this.longestOrderMs = Math.max(this.longestOrderMs, performance.now() - begin);
    }
  }
}

const version = async (at: Address) =>
  `${(await postgresSays(at, 'show server_version'))[0]?.server_version}`.split(' ')[0];

/** The newer one copies, follows and takes over. */
async function followed(
  { tools, folder }: Pick<Site, 'tools' | 'folder'>,
  old: Address,
  young: Address,
  load: Load,
  sequences: boolean,
): Promise<readonly Finding[]> {
  const versions = [await version(old), await version(young)];
  const begin = performance.now();
  await copySchema(tools, old, young, folder);
  await postgresSays(old, 'create publication upgrade for all tables');
  await postgresSays(
    young,
    `create subscription upgrade connection 'host=${old.host} port=${old.port} user=postgres dbname=postgres' publication upgrade`,
  );
  await until('all tables copied', async () => {
    const [row] = await postgresSays(
      young,
      "select count(*)::int as left from pg_subscription_rel where srsubstate <> 'r'",
    );
    return row?.left === 0;
  });
  const copied = performance.now() - begin;
  await wait(3000);
  const paused = performance.now();
  await postgresSays(old, READ_ONLY);
  await postgresSays(old, 'select pg_reload_conf()');
  await until('nobody writing', async () => {
    const [row] = await postgresSays(
      old,
      `select current_setting('default_transaction_read_only') = 'on'
          and not exists (select from pg_stat_activity where backend_xid is not null) as quiet`,
    );
    return row?.quiet === true;
  });
  const [{ lsn } = {}] = await postgresSays(old, 'select pg_current_wal_lsn()::text as lsn');
  await until('the new one having all', async () => {
    const [row] = await postgresSays(
      young,
      `select latest_end_lsn >= '${lsn}'::pg_lsn as all from pg_stat_subscription`,
    );
    return row?.all === true;
  });
  if (sequences)
    await postgresSays(
      young,
      "select setval(pg_get_serial_sequence('orders', 'number'), (select max(number) from orders))",
    );
  const [before, after] = [await checksums(old), await checksums(young)];
  const ordered = load.acknowledged;
  load.at = young;
  const pause = performance.now() - paused;
  await wait(3000);
  await load.end();
  const [row] = await postgresSays(
    young,
    "select count(*)::int as count from orders where idempotency_key like 'new-%'",
  );
  const equal = Object.keys(before).filter((table) => before[table] === after[table]);
  const all = Object.keys(before).length;
  return [
    none('failed read', load.failedReads.length, load.reads, [...new Set(load.failedReads)].join(', ')),
    none('acknowledged order lost', Math.max(0, load.acknowledged - Number(row?.count)), load.acknowledged),
    {
      demand: 'orders are taken by the new one',
      measured: `${load.acknowledged - ordered} in 3 s`,
      holds: load.acknowledged > ordered + 1,
    },
    {
      demand: 'every table has the checksum it had',
      measured: `${equal.length} of ${all} tables, ${versions.join(' → ')}`,
      holds: all > 0 && equal.length === all,
    },
    atMost('orders waited', pause, 10_000),
    { demand: 'copied and followed (told only)', measured: `${(copied / 1000).toFixed(1)} s`, holds: true },
  ];
}

/** `sequences`: whether they are brought along, which logical replication doesn't do. */
async function upgraded({ tools, parts, folder }: Site, sequences: boolean): Promise<readonly Finding[]> {
  const start = async (name: string, postgres: string) => {
    const at = { host: '127.0.0.1', port: await freePort() };
    const place = { ...at, folder: resolve(folder, name), logFile: `${folder}/${name}.log` };
    const given = { ...place, args: ['-c', 'wal_level=logical'] };
    await new Part(name, () => startPostgres({ ...tools, postgres }, given), parts).start();
    await until(name, async () => (await postgresSays(at, 'select 1')).length > 0);
    return at;
  };
  const [old, young] = [await start('old', older()), await start('new', tools.postgres)];
  for (const file of readdirSync(MIGRATIONS).sort())
    await postgresSays(old, readFileSync(join(MIGRATIONS, file), 'utf8'));
  await postgresSays(old, `insert into users (id, email, password_hash) values ('${USER}', 'a@example.com', 'x')`);
  await postgresSays(
    old,
    `insert into orders (user_id, idempotency_key, product, quantity)
     select '${USER}', 'old-' || n, md5(n::text), 1 from generate_series(1, ${OLD_ORDERS}) as n`,
  );
  const load = new Load(old);
  try {
    return await followed({ tools, folder }, old, young, load, sequences);
  } finally {
    await load.end(); // also where it failed: people would go on for ever
  }
}

/** Not among all: it needs an older PostgreSQL. */
export const UPGRADE: readonly LoneScenario[] = [
  {
    name: 'database-upgraded',
    about: 'a newer PostgreSQL takes over by logical replication; needs an older one (HOLDFAST_POSTGRES_BEFORE)',
    alone: (site) => upgraded(site, true),
  },
  {
    name: 'database-upgraded-control',
    about: 'the same, without its sequences',
    misses: 'taken by the new one',
    alone: (site) => upgraded(site, false),
  },
];

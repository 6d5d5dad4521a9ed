/** The drill of a major upgrade: a newer PostgreSQL follows an older one by logical replication, and takes over while people read and order. Not RDS's own. */
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError } from '../../../lib/config/check';
import { copied, subscribe } from '../../../lib/rehearsal/blue-green';
import { freePort } from '../../../lib/rehearsal/ports';
import { startPostgres } from '../../../lib/rehearsal/postgres';
import { until } from '../../../lib/rehearsal/process';
import type { Address } from '../../../lib/rehearsal/servers';
import { postgresSays } from '../../../lib/rehearsal/standbys';
import { checksums } from '../../support/backups';
import { fillOrders, NO_OLDER_POSTGRES, OrderLoad, olderPostgres } from '../../support/order-load';
import { atMost, type Finding, none } from '../figures';
import { Part } from '../parts';
import type { LoneScenario } from '../scenario';
import type { Site } from '../world';

const OLD_ORDERS = 20_000;
const READ_ONLY = 'alter system set default_transaction_read_only = on';

/** An older one than is deployed. */
function older(): string {
  const found = olderPostgres();
  if (found) return found.postgres;
  throw new ConfigError(NO_OLDER_POSTGRES);
}

const version = async (at: Address) =>
  `${(await postgresSays(at, 'show server_version'))[0]?.server_version}`.split(' ')[0];

/** The newer one copies, follows and takes over. */
async function followed(
  { tools, folder }: Pick<Site, 'tools' | 'folder'>,
  old: Address,
  young: Address,
  load: OrderLoad,
  sequences: boolean,
): Promise<readonly Finding[]> {
  const versions = [await version(old), await version(young)];
  const begin = performance.now();
  await subscribe(tools, old, young, folder);
  await copied(young);
  const copying = performance.now() - begin;
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
  const lost = await load.lost(young);
  const unread = load.refused.filter(({ what }) => what === 'read');
  const equal = Object.keys(before).filter((table) => before[table] === after[table]);
  const all = Object.keys(before).length;
  return [
    none('failed read', unread.length, load.reads, [...new Set(unread.map(({ why }) => why))].join(', ')),
    none('acknowledged order lost', lost, load.acknowledged),
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
    { demand: 'copied and followed (told only)', measured: `${(copying / 1000).toFixed(1)} s`, holds: true },
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
  await fillOrders(old, OLD_ORDERS);
  const load = new OrderLoad(old);
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

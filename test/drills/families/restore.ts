/** Drills of the database's copies, made while visitors go on: what a base backup with WAL and a logical dump bring back, table by table. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { freePort } from '../../../lib/rehearsal/ports';
import { ownFolder, startPostgres } from '../../../lib/rehearsal/postgres';
import { until } from '../../../lib/rehearsal/process';
import { postgresSays } from '../../../lib/rehearsal/standbys';
import {
  archived,
  baseBackup,
  type Checksums,
  checksums,
  dump,
  moment,
  restoreDump,
  startRestored,
} from '../../support/backups';
import { causes } from '../causes';
import { atMost, type Finding, none, reasons, type Sample } from '../figures';
import { Part } from '../parts';
import { type Drill, type Scenario, underLoad, type WorldScenario } from '../scenario';

/** Beside what the visitors order: so that a copy takes a time worth telling. */
const ROWS = 50_000;
const RESTORED_MS = 60_000;

const fill = ({ world: { primary } }: Drill) =>
  postgresSays(
    primary,
    `insert into orders (user_id, idempotency_key, product, quantity)
     select (select id from users limit 1), 'old-' || n, md5(n::text), 1 from generate_series(1, ${ROWS}) as n`,
  );

const mark = ({ world: { primary } }: Drill, id: number) =>
  postgresSays(primary, `insert into products (id, name, cents) values (${id}, 'Mark', 0)`);
const [BEFORE, AFTER] = [9001, 9002];

const same = (expected: Checksums, got: Checksums): Finding => {
  const tables = Object.keys(expected);
  const equal = tables.filter((table) => expected[table] === got[table]);
  const others = tables.filter((table) => !equal.includes(table));
  return {
    demand: 'every table has the checksum it had',
    measured: `${equal.length} of ${tables.length} tables, ${expected['public.orders']?.split(',')[0]} of orders${others.length > 0 ? `; not ${others.join(', ')}` : ''}`,
    holds: tables.length > 0 && others.length === 0 && Object.keys(got).length === tables.length,
  };
};

const unharmed = (drill: Drill, samples: readonly Sample[]): readonly Finding[] => {
  const why = causes(drill);
  return [
    none('request failed by the copy', why.length, samples.length, [...new Set(why)].join(', ')),
    { demand: 'failed of a busy machine (told only)', measured: reasons(samples) || 'none', holds: true },
  ];
};

/** Milliseconds that it took. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

const place = async ({ site: { folder } }: Drill, name: string) => ({
  host: '127.0.0.1',
  port: await freePort(),
  folder: resolve(folder, name),
  logFile: `${folder}/${name}.log`,
});

/** `toMoment`: whether it ends at the moment that is asked for. */
async function toAMoment(drill: Drill, toMoment: boolean): Promise<readonly Finding[]> {
  const { site, world, say } = drill;
  const { tools, parts } = site;
  const archive = resolve(site.folder, 'wal');
  const restored = await place(drill, 'restored');
  await fill(drill);
  let copied = 0;
  let asked: Awaited<ReturnType<typeof moment>> | undefined;
  const samples = await underLoad(drill, async (at) => {
    await at(1);
    say('base backup');
    copied = await timed(() => baseBackup(tools, world.primary, restored));
    await mark(drill, BEFORE);
    asked = await moment(world.primary);
    say(`the moment, ${asked.time}`);
    await mark(drill, AFTER);
    await at(8);
    await archived(world.primary);
  });
  if (!asked) throw new Error('no moment was taken');
  const { time, sums } = asked;
  say('restore');
  const part = new Part('restored', () => startRestored(tools, restored, archive, toMoment ? time : undefined), parts);
  const took = await timed(() => part.start());
  const marks = await postgresSays(restored, `select id from products where id in (${BEFORE}, ${AFTER})`);
  const ids = marks.map(({ id }) => id);
  const got = await checksums(restored);
  await part.running.stop();
  return [
    {
      demand: 'what was written before the moment is there, what came after it is not',
      measured: `before: ${ids.includes(BEFORE) ? 'there' : 'absent'}, after: ${ids.includes(AFTER) ? 'there' : 'absent'}`,
      holds: ids.includes(BEFORE) && !ids.includes(AFTER),
    },
    same(sums, got),
    ...unharmed(drill, samples),
    atMost('restored', took, RESTORED_MS),
    { demand: 'base backup (told only)', measured: `${(copied / 1000).toFixed(1)} s`, holds: true },
  ];
}

/** `late`: whether visitors order something between the dump and the checksums that are asked of it. */
async function fromADump(drill: Drill, late: boolean): Promise<readonly Finding[]> {
  const { site, world, say } = drill;
  const { tools, parts, folder } = site;
  const dumps = resolve(folder, 'dumps');
  const file = `${dumps}/all`;
  ownFolder(tools.postgres, dumps);
  const restored = await place(drill, 'restored');
  await fill(drill);
  let sums: Checksums = {};
  let took = 0;
  const samples = await underLoad(drill, async (at) => {
    await at(1);
    say('dump');
    took = await timed(async () => {
      sums = await dump(tools, world.primary, file, `${folder}/dump.log`);
    });
    await at(8);
    if (late) sums = await checksums(world.primary);
  });
  say('restore');
  const part = new Part('restored', () => startPostgres(tools, restored), parts);
  await part.start();
  await until('an empty PostgreSQL', async () => (await postgresSays(restored, 'select 1')).length > 0);
  const back = await timed(() => restoreDump(tools, restored, file, `${folder}/restore.log`));
  const got = await checksums(restored);
  await part.running.stop();
  const mib = (statSync(file).size / 2 ** 20).toFixed(1);
  return [
    same(sums, got),
    ...unharmed(drill, samples),
    atMost('restored', back, RESTORED_MS),
    { demand: 'dump and checksums (told only)', measured: `${(took / 1000).toFixed(1)} s, ${mib} MiB`, holds: true },
  ];
}

const restored: WorldScenario = {
  name: 'database-restored',
  about: 'PostgreSQL restored from a base backup and archived WAL to a moment, both taken under load',
  shape: { archive: true },
  run: (drill) => toAMoment(drill, true),
};

const dumped: WorldScenario = {
  name: 'database-dumped',
  about: 'PostgreSQL restored from a logical dump, taken under load',
  run: (drill) => fromADump(drill, false),
};

export const RESTORE: readonly Scenario[] = [restored, dumped];

/** The same, weaker: each must miss its demand. */
export const RESTORE_CONTROLS: readonly Scenario[] = [
  {
    ...restored,
    name: 'database-restored-control',
    about: 'to the end of the WAL, whatever the moment',
    misses: 'after it is not',
    run: (drill) => toAMoment(drill, false),
  },
  {
    ...dumped,
    name: 'database-dumped-control',
    about: 'checksums of seconds after the dump',
    misses: 'checksum',
    run: (drill) => fromADump(drill, true),
  },
];

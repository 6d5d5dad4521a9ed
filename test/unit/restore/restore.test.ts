/** What `npm run restore` makes beside the primary and what it refuses, in a world that a test plays. */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tablesOf } from '../../../lib/commands/restore/check';
import type { Wish } from '../../../lib/commands/restore/decide';
import { restoreOptions } from '../../../lib/commands/restore/options';
import { checked, restored } from '../../../lib/commands/restore/tasks';
import { NOW } from '../../support/database-settings';
import { DatabaseWorld, Died, incoming, primary, taskOf } from '../../support/database-world';

const YESTERDAY: Wish = { kind: 'time', time: new Date('2026-11-28T12:00:00Z') };
let world: DatabaseWorld;
beforeEach(() => {
  world = new DatabaseWorld();
});
const run = async (wish: Wish, dryRun = false) => {
  const { task, said, asked } = taskOf(world, { dryRun });
  await restored(task, wish);
  return { said: said.join('\n'), asked };
};

it('restores beside the primary, which stays as it is', async () => {
  const before = structuredClone(world.at(primary));
  await run(YESTERDAY);
  expect(world.lineage(incoming)).toBe('as of 2026-11-28T12:00:00.000Z');
  expect(world.at(primary)).toEqual(before);
});

it('gives it every setting of the primary, but the logs, whose groups bear its name', async () => {
  await run({ kind: 'latest' });
  const { DBInstanceIdentifier, DbiResourceId, DBInstanceArn, Endpoint, TagList, ...settings } =
    world.at(incoming) ?? {};
  expect(world.at(primary)).toMatchObject({
    ...settings,
    EnabledCloudwatchLogsExports: ['postgresql', 'upgrade'],
    ReadReplicaDBInstanceIdentifiers: expect.anything(),
  });
  expect(settings.EnabledCloudwatchLogsExports).toEqual([]);
  expect(TagList).toContainEqual({ Key: 'project', Value: 'holdfast' });
  expect(TagList).not.toContainEqual(expect.objectContaining({ Key: expect.stringContaining('aws:') }));
});

it('goes on where it was stopped, and begins nothing twice', async () => {
  for (const when of ['before', 'after'] as const)
    for (let at = 0; at < 3; at++) {
      world = new DatabaseWorld();
      world.dies = { at, when };
      await run(YESTERDAY).catch((error) => expect(error).toBeInstanceOf(Died));
      await run(YESTERDAY);
      expect(world.log.filter((line) => line.startsWith('to-time'))).toHaveLength(1);
      expect(world.at(incoming)?.MonitoringInterval).toBe(60);
    }
});

it('restores a snapshot of the primary, which a recovery point of the vault is too', async () => {
  const id = 'awsbackup:job-1';
  world.snapshots.set(id, { Status: 'available', DBInstanceIdentifier: primary.id });
  const options = restoreOptions(['--from-vault', `arn:aws:rds:${primary.region}:123456789012:snapshot:${id}`]);
  const { said } = await run(options?.wish as Wish);
  expect(said).toContain(`${incoming.id} is restored from ${id}`);
});

it('says with a dry run what would be done, does nothing and asks nobody', async () => {
  const { said, asked } = await run(YESTERDAY, true);
  expect(said).toBe(`would begin: ${incoming.id} is restored from ${primary.id} as of 2026-11-28T12:00:00.000Z`);
  expect([world.log, asked]).toEqual([[], []]);
});

it('says how to look into it from outside the network', async () => {
  const { said } = await run(YESTERDAY);
  expect(said).toContain(`host=${incoming.id}.abc.${primary.region}.rds.amazonaws.com,portNumber=15432`);
});

it.each<[string, Wish, (world: DatabaseWorld) => void, RegExp]>([
  [
    'a time after the last one',
    { kind: 'time', time: new Date(NOW) },
    () => {},
    /^--to: expected a time from 2026-11-15T.* to 2026-11-29T11:55.*, got 2026-11-29T12:00/,
  ],
  [
    'a time before backups',
    { kind: 'time', time: new Date('2026-11-01T00:00:00Z') },
    () => {},
    /^--to: expected a time from/,
  ],
  [
    'a snapshot that is not there',
    { kind: 'snapshot', id: 'none' },
    () => {},
    /^none: expected a snapshot in eu-west-1 that is available, got none/,
  ],
  [
    'a snapshot of another database',
    { kind: 'snapshot', id: 'other' },
    (w) => w.snapshots.set('other', { Status: 'available', DBInstanceIdentifier: 'other-db' }),
    /got one of other-db$/,
  ],
  [
    'a recovery point of another region',
    { kind: 'snapshot', id: 'x', region: 'eu-central-1' },
    () => {},
    /^--from-vault: expected a recovery point in eu-west-1/,
  ],
  [
    'a name that is taken',
    YESTERDAY,
    (w) => w.instances.set(`${incoming.region}/${incoming.id}`, { DBInstanceStatus: 'available' }),
    /restored: expected that name to be free, got a database;/,
  ],
  ['a primary that is gone', YESTERDAY, (w) => w.instances.clear(), /primary: expected the database whose settings/],
  [
    'a primary without backups',
    YESTERDAY,
    (w) => Object.assign(w.at(primary) ?? {}, { BackupRetentionPeriod: 0 }),
    /got none; database.backupDays/,
  ],
])('refuses %s', async (_, wish, given, why) => {
  given(world);
  await expect(run(wish)).rejects.toThrow(why);
  expect(world.log).toEqual([]);
});

it('refuses another moment than the one that was restored already', async () => {
  await run(YESTERDAY);
  await expect(run({ kind: 'latest' })).rejects.toThrow(
    'got a database restored from 2026-11-28T12:00:00.000Z; swap it in',
  );
});

it('stops where an instance fails, and says so', async () => {
  await run(YESTERDAY);
  Object.assign(world.at(incoming) ?? {}, { DBInstanceStatus: 'incompatible-restore' });
  await expect(run(YESTERDAY)).rejects.toThrow(/restored: expected it to be available, got incompatible-restore;/);
});

it.each([
  [[], 'restore: expected one of --to, --snapshot, --from-vault, --check, --swap, --tidy, got none;'],
  [['--to', 'latest', '--swap'], 'got --to --swap;'],
  [['--to', '2026-11-29 01:00'], "--to: expected a time with its zone, such as 2026-11-29T01:30:00Z, or 'latest', got"],
  [['--to', 'yesterday'], '--to: expected a time'],
  [['--from-vault', 'x'], '--from-vault: expected a recovery point'],
  [['--swap', '--delete', 'x'], '--delete: expected it with --tidy'],
  [['--to', 'latest', '--through', 'x:1'], '--through: expected it with --check'],
  [['--check', '--through', 'x'], "--through: expected HOST:PORT, got 'x'"],
  [['--now'], "Unknown option '--now'"],
])('refuses %j in one line with its usage', (words, what) => {
  expect(() => restoreOptions(words)).toThrow(what);
  expect(() => restoreOptions(words)).toThrow(/usage: npm run restore [^\n]*$/);
});

it('asks a restored database only for what there is', async () => {
  await expect(checked(taskOf(world, { action: 'check' }).task, false)).rejects.toThrow(
    /restored: expected a restored database, got none/,
  );
  await run(YESTERDAY);
  await expect(checked(taskOf(world, { action: 'check' }).task, false)).rejects.toThrow(
    /^PGPASSWORD: expected the password of holdfast/,
  );
});

it('asks as whichever of the two users the secret named, or as the master', async () => {
  const users: (string | undefined)[] = [];
  const server = createServer((socket) =>
    socket.once('data', (begun) => {
      users.push(/user\0(\w+)\0/.exec(`${begun}`)?.[1]);
      socket.end();
    }),
  );
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const it = { Endpoint: { Address: '127.0.0.1', Port: port }, MasterUsername: 'holdfast', DBName: 'app' };
  for (const user of ['holdfast_clone', undefined])
    await expect(tablesOf(it, undefined, { user, password: 'x' })).rejects.toThrow(
      `127.0.0.1:${port}: expected the restored database to answer`,
    );
  server.close();
  expect(users).toEqual(['holdfast_clone', 'holdfast']);
});

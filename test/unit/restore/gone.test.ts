/** What `npm run restore` does once the primary is gone: from which of what is left, under the primary's name, and what it refuses. In a world that a test plays. */
import type { Wish } from '../../../lib/commands/restore/decide';
import { RESTORING } from '../../../lib/commands/restore/gone';
import { primaryIsGone, restoredInPlace } from '../../../lib/commands/restore/in-place';
import type { Source } from '../../../lib/commands/restore/sources';
import { beforeOf } from '../../../lib/commands/restore/swap';
import { TOLD } from '../../support/database-settings';
import { DatabaseWorld, Died, incoming, primary, replicas, taskOf } from '../../support/database-world';

const LATEST: Wish = { kind: 'latest' };
const toTime = (time: string): Wish => ({ kind: 'time', time: new Date(time) });
const snapshot = (id: string, at: string): Source => ({
  kind: 'snapshot',
  id,
  from: new Date(at),
  until: new Date(at),
  encryptedWith: 'key-1',
});
const BACKUPS: Source = {
  kind: 'backups',
  id: 'db-OLD',
  from: new Date('2026-11-15T01:00:00Z'),
  until: new Date('2026-11-29T11:30:00Z'),
  encryptedWith: 'key-1',
};
const FINAL = snapshot('final', '2026-11-29T11:40:00Z');
const DAILY = snapshot('awsbackup:job-1', '2026-11-29T03:00:00Z');
const NAMED = [primary, ...replicas];

let world: DatabaseWorld;
beforeEach(() => {
  world = lost();
});
function lost(...left: readonly Source[]) {
  const made = new DatabaseWorld();
  made.loses();
  made.left = left.length > 0 ? left : [BACKUPS, DAILY];
  return made;
}
const run = async (wish: Wish, dryRun = false) => {
  const { task, said, asked } = taskOf(world, { dryRun });
  await restoredInPlace(task, wish);
  return { said: said.join('\n'), asked };
};
const begun = async (wish: Wish) => (await run(wish, true)).said.split('\n').at(-1);

it('restores under the name of the primary, like the template, and makes every replica anew', async () => {
  for (const each of world.likes.values()) Object.assign(each, { DBInstanceClass: 'db.r7g.2xlarge' }); // of none that stood
  const { said, asked } = await run(LATEST);
  expect(NAMED.map((place) => world.lineage(place))).toEqual(NAMED.map(() => 'restored'));
  for (const place of NAMED)
    for (const name of [...TOLD, 'DBInstanceClass', 'DBSubnetGroup'] as const)
      expect([place.id, name, world.at(place)?.[name]]).toEqual([
        place.id,
        name,
        world.likes.get(`${place.region}/${place.id}`)?.[name],
      ]);
  expect(world.at(primary)?.TagList).not.toContainEqual(expect.objectContaining({ Key: RESTORING }));
  expect(said).toContain(`${primary.id} stands again, as the template says, and 3 replicas follow it`);
  expect(asked).toEqual(['Restore the lost database of']);
});

it('keeps what stood beside it, whole, under names that say so', async () => {
  await run(LATEST);
  expect(replicas.map((place) => world.lineage(beforeOf(place)))).toEqual(replicas.map(() => 'old'));
});

it('says what there is, what it takes, what is lost and what is kept, and with a dry run does nothing', async () => {
  const { said, asked } = await run(LATEST, true);
  expect(said).toBe(
    [
      `${primary.id} is gone; there are: the automated backups of db-OLD from 2026-11-15T01:00:00.000Z to 2026-11-29T11:30:00.000Z; the snapshot awsbackup:job-1 of 2026-11-29T03:00:00.000Z`,
      'taken: the automated backups of db-OLD, as of 2026-11-29T11:30:00.000Z, 30 minutes before now; what was written after that is lost',
      `kept, with what had reached them: ${replicas.map(({ id }) => `${id}-before`).join(', ')}`,
      `would begin: ${primary.id} is restored from the automated backups of db-OLD as of the latest time there is`,
    ].join('\n'),
  );
  expect([world.log, asked]).toEqual([[], []]);
});

it.each<[string, readonly Source[], Wish, string]>([
  ['the newest of all, such as the last snapshot', [BACKUPS, DAILY, FINAL], LATEST, 'restored from final'],
  [
    'the moment itself where backups have it',
    [BACKUPS, DAILY, FINAL],
    toTime('2026-11-29T05:00:00Z'),
    'from the automated backups of db-OLD as of 2026-11-29T05:00:00.000Z',
  ],
  ['else the newest before it', [DAILY, FINAL], toTime('2026-11-29T05:00:00Z'), 'restored from awsbackup:job-1'],
  [
    'of two that went under that name the one that has the moment',
    [{ ...BACKUPS, id: 'db-NEW', from: new Date('2026-11-29T10:00:00Z') }, BACKUPS],
    toTime('2026-11-28T00:00:00Z'),
    'backups of db-OLD as of 2026-11-28',
  ],
  [
    'nothing that another key encrypts',
    [BACKUPS, { ...FINAL, encryptedWith: 'key-2' }],
    LATEST,
    'from the automated backups',
  ],
])('takes %s', async (_, left, wish, what) => {
  world = lost(...left);
  expect(await begun(wish)).toContain(what);
});

it('takes the snapshot that was named, also one of the primary before it was swapped', async () => {
  const SnapshotCreateTime = new Date('2026-11-29T03:00:00Z');
  for (const DBInstanceIdentifier of [primary.id, beforeOf(primary).id]) {
    const found = { DBSnapshotIdentifier: 'mine', Status: 'available', DBInstanceIdentifier, SnapshotCreateTime };
    world.snapshots.set('mine', { ...found, KmsKeyId: 'key-1' });
    expect(await begun({ kind: 'snapshot', id: 'mine' })).toContain('restored from mine');
  }
});

it('ends the same when it dies before or after any step and is called again', async () => {
  await run(LATEST);
  const steps = world.log.length;
  const names = [...world.instances.keys()].sort();
  for (const when of ['before', 'after'] as const)
    for (let at = 0; at < steps; at++) {
      world = lost();
      world.dies = { at, when };
      await expect(run(LATEST)).rejects.toThrow(Died);
      if (await primaryIsGone(taskOf(world, {}).task)) await run(LATEST);
      expect([...world.instances.keys()].sort()).toEqual(names);
      expect(NAMED.map((place) => world.lineage(place))).toEqual(NAMED.map(() => 'restored'));
    }
  expect(steps).toBeGreaterThan(8);
});

it.each<[string, () => void, Wish, RegExp]>([
  [
    'with nothing to restore from',
    () => {
      world.left = [];
    },
    LATEST,
    /primary: expected retained backups or a snapshot to restore from, got none in eu-west-1; /,
  ],
  [
    'a time before all that there is',
    () => {},
    toTime('2026-11-01T00:00:00Z'),
    /^--to: expected a time from 2026-11-15T01:00:00.000Z to 2026-11-29T11:30:00.000Z, got 2026-11-01/,
  ],
  [
    'a time after all that there is',
    () => {},
    toTime('2026-11-29T11:50:00Z'),
    /^--to: expected a time from .* got 2026-11-29T11:50/,
  ],
  [
    'a snapshot that is not there',
    () => {},
    { kind: 'snapshot', id: 'none' },
    /^none: expected a snapshot in eu-west-1 that is available, got none/,
  ],
  [
    'what only another key encrypts',
    () => {
      world.left = [{ ...FINAL, encryptedWith: 'key-2' }];
    },
    LATEST,
    /^final: expected it to be encrypted with key-1, got key-2; 'aws rds copy-db-snapshot/,
  ],
  [
    'in the middle of a swap',
    () => {
      for (const place of [incoming, beforeOf(primary)]) world.instances.set(`${place.region}/${place.id}`, {});
    },
    LATEST,
    /got a swap under way; go on with --swap$/,
  ],
  [
    'where the name that a replica is kept under is taken',
    () => {
      world.instances.set(`${replicas[0]?.region}/${replicas[0]?.id}-before`, {});
    },
    LATEST,
    /replica1-before: expected that name to be free/,
  ],
  [
    'a name that somebody else took',
    () => {
      world.instances.set(`${primary.region}/${primary.id}`, { DBInstanceStatus: 'available' });
    },
    LATEST,
    /primary: expected that name to be free, got a database that somebody else made/,
  ],
  [
    'where the template does not know the primary',
    () => {
      world.likes.delete(`${primary.region}/${primary.id}`);
    },
    LATEST,
    /^Holdfast-prod-Data: expected a template with the instance .*primary, got /,
  ],
])('refuses %s', async (_, given, wish, why) => {
  given();
  await expect(run(wish)).rejects.toThrow(why);
  expect(world.log).toEqual([]);
});

it('refuses another moment than the one that is being restored', async () => {
  world.dies = { at: 0, when: 'after' };
  await expect(run(LATEST)).rejects.toThrow(Died);
  await expect(run(toTime('2026-11-20T00:00:00Z'))).rejects.toThrow(
    'got a database that is being restored from latest; go on with that',
  );
});

it('waits until a deletion under way has ended', async () => {
  const { look } = world;
  let looks = 0;
  world.look = async (places) => {
    const found = new Map(await look.call(world, places));
    if (looks++ < 3) found.set(`${primary.region}/${primary.id}`, { DBInstanceStatus: 'deleting' });
    return found;
  };
  const { said, asked } = await run(LATEST);
  expect(said).toMatch(
    new RegExp(`${primary.id} deleting[^]*is gone; there are[^]*what was written after that is lost`),
  );
  expect(asked).toEqual(['Restore the lost database of']); // whoever waited is asked all the same
  expect(world.lineage(primary)).toBe('restored');
});

it('takes a primary that stands for one that is there', async () => {
  world = new DatabaseWorld();
  expect(await primaryIsGone(taskOf(world, {}).task)).toBe(false);
});

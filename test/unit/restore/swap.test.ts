/** How a restored database takes the primary's name: stopped anywhere and gone on with, it ends the same, and readers never see what it took back. */
import { beforeOf, decideSwap, key } from '../../../lib/commands/restore/swap';
import { restored, swapped, tidied } from '../../../lib/commands/restore/tasks';
import { TOLD } from '../../support/database-settings';
import {
  ALL,
  DATABASE,
  DatabaseWorld,
  Died,
  incoming,
  primary,
  replicas,
  standby,
  taskOf,
} from '../../support/database-world';

let world: DatabaseWorld;
beforeEach(async () => {
  world = await restoredWorld();
});

async function restoredWorld() {
  const made = new DatabaseWorld();
  await restored(taskOf(made, {}).task, { kind: 'latest' });
  made.log.length = 0;
  return made;
}
const swap = async (dryRun = false) => {
  const { task, said, asked } = taskOf(world, { action: 'swap', dryRun });
  await swapped(task);
  return { said: said.join('\n'), asked };
};
const names = () => [...world.instances.keys()].sort();
const NAMED = [primary, ...replicas];

it('leaves every name of the templates with an instance of the restored data, and the old ones beside', async () => {
  const { said } = await swap();
  expect(NAMED.map((place) => world.lineage(place))).toEqual(NAMED.map(() => 'restored'));
  expect(NAMED.map((place) => world.lineage(beforeOf(place)))).toEqual(NAMED.map(() => 'old'));
  expect(world.at(incoming)).toBeUndefined();
  expect(said).toContain(`left, and billed: ${NAMED.map((place) => beforeOf(place).id).join(', ')};`);
});

it('gives each the settings of the one whose name it has, in the other region its own key', async () => {
  await swap();
  for (const place of NAMED) {
    const [now, old] = [world.at(place), world.at(beforeOf(place))];
    for (const name of TOLD) expect([place.id, name, now?.[name]]).toEqual([place.id, name, old?.[name]]);
  }
  expect(standby && world.at(standby)?.KmsKeyId).toBe('far-key');
});

it('takes readers from their names before it takes the primary from its', async () => {
  world.watch = () => {
    if (world.lineage(primary) !== 'restored') return;
    for (const place of replicas) expect(['restored', undefined]).toContain(world.lineage(place));
  };
  await swap();
  expect(world.log.slice(0, 5)).toEqual([
    ...replicas.map(({ id }) => `rename ${id} ${id}-before`),
    `rename ${primary.id} ${primary.id}-before`,
    `rename ${incoming.id} ${primary.id}`,
  ]);
});

it('ends the same when it dies before or after any step and is called again', async () => {
  await swap();
  const [steps, wanted] = [world.log.length, names()];
  for (const when of ['before', 'after'] as const)
    for (let at = 0; at < steps; at++) {
      world = await restoredWorld();
      world.dies = { at, when };
      await expect(swap()).rejects.toThrow(Died);
      await swap();
      expect(names()).toEqual(wanted);
      expect(NAMED.map((place) => world.lineage(place))).toEqual(NAMED.map(() => 'restored'));
    }
  expect(steps).toBeGreaterThan(8);
});

it('called again when all is done, it does nothing', async () => {
  await swap();
  world.log.length = 0;
  await swap();
  expect(world.log).toEqual([]);
});

it('asks once, and with a dry run not at all', async () => {
  expect((await swap(true)).asked).toEqual([]);
  expect(world.log).toEqual([]);
  expect((await swap()).asked).toEqual(['Swap the database of']);
});

it("waits out the moment in which a name that changes hands is nobody's", async () => {
  const { look } = world;
  let hidden = 0;
  world.look = async (places) => {
    const found = new Map(await look.call(world, places));
    if (world.log.at(-1) === `rename ${primary.id} ${primary.id}-before` && hidden++ < 3)
      found.delete(key(beforeOf(primary)));
    return found;
  };
  await swap();
  expect(hidden).toBeGreaterThan(3);
  expect(world.lineage(primary)).toBe('restored');
});

it.each<[string, () => void, RegExp]>([
  [
    'with nothing restored',
    () => world.instances.delete(key(incoming)),
    /restored: expected a database to take the name/,
  ],
  [
    'while an earlier swap lies there',
    () => world.instances.set(key(beforeOf(primary)), {}),
    /primary-before: expected that name to be free/,
  ],
  [
    'while an earlier replica lies there',
    () => world.instances.set(key(beforeOf(replicas[0] ?? primary)), {}),
    /replica1-before: expected that name to be free/,
  ],
  [
    'with a replica',
    () => Object.assign(world.at(incoming) ?? {}, { ReadReplicaSourceDBInstanceIdentifier: primary.id }),
    /got a replica; promote it first/,
  ],
  [
    'with a primary that is stopped',
    () => {
      for (const place of replicas) world.instances.delete(key(place));
      world.look = async () =>
        new Map([
          [key(incoming), world.at(incoming) ?? {}],
          [key(primary), { ...world.at(primary), DBInstanceStatus: 'stopped' }],
        ]);
    },
    /primary: expected it to be available, got stopped/,
  ],
])('is refused %s', async (_, given, why) => {
  given();
  await expect(swap()).rejects.toThrow(why);
  expect(world.log).toEqual([]);
});

it('waits while RDS is at it', () => {
  const seen = new Map([...world.instances].map(([name, it]) => [name, { ...it, DBInstanceStatus: 'backing-up' }]));
  expect(decideSwap(DATABASE, seen)).toEqual({ kind: 'wait', what: `${incoming.id} backing-up` });
});

describe('what is left', () => {
  const tidy = async (remove?: string, dryRun = false) => {
    const { task, said, asked } = taskOf(world, { action: 'tidy', remove, dryRun });
    await tidied(task);
    return { said: said.join('\n'), asked };
  };

  it('is listed, in both regions, and nothing is deleted', async () => {
    await swap();
    const { said, asked } = await tidy();
    for (const place of ALL.filter((each) => each.id.endsWith('-before')))
      expect(said).toContain(`${place.id}  ${place.region}`);
    expect(said).not.toMatch(/primary {2}/);
    expect([asked, world.instances.size]).toEqual([[], 8]);
  });

  it('is deleted by its name: a replica without a snapshot, the old primary with one and after its replicas', async () => {
    await swap();
    await expect(tidy(beforeOf(primary).id)).rejects.toThrow(
      /expected .*primary-before without replicas, got .*replica1-before/,
    );
    for (const place of replicas) await tidy(beforeOf(place).id);
    Object.assign(world.at(beforeOf(primary)) ?? {}, { ReadReplicaDBInstanceIdentifiers: [] });
    const { asked } = await tidy(beforeOf(primary).id);
    expect(asked).toEqual([`Delete ${primary.id}-before of`]);
    expect(world.log.slice(-2)).toEqual([
      `delete ${standby?.id}-before without a snapshot`,
      `delete ${primary.id}-before ${primary.id}-before-last-202611291200`,
    ]);
  });

  it.each([primary.id, 'somebody-elses'])('does not count %s, which is not deleted', async (id) => {
    await expect(tidy(id)).rejects.toThrow(/^--delete: expected one of/);
  });
});

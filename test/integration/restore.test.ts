/** `npm run restore` on the emulator's RDS with real PostgreSQL behind it, in two regions: what is restored takes the name, and the next deployment of the same template replaces nothing. */
import { beforeOf, key, type Place } from '../../lib/commands/restore/swap';
import { restored, swapped, tidied } from '../../lib/commands/restore/tasks';
import { rdsWorld } from '../../lib/commands/restore/world';
import { until } from '../../lib/rehearsal/process';
import { DATABASE, described, far, near, primary, SECOND, Shop } from '../support/shop';

const shop = new Shop();
const things = async (place: Place) =>
  (await shop.says(place, 'select what from things order by 1')).map(({ what }) => what);

beforeAll(async () => {
  await shop.start('.holdfast/integration-restore');
  await shop.says(primary, 'create table things (what text)');
  await shop.says(primary, "insert into things values ('good')");
}, 120_000);
afterAll(() => shop.stop());

it('restores beside the primary, swaps the names and makes both replicas anew, with the restored data behind the names', async () => {
  expect(await shop.call((task) => restored(task, { kind: 'latest' }), {})).toContain(`${DATABASE.incoming.id} stands`);
  await shop.says(primary, "insert into things values ('harm')");
  const said = await shop.call(swapped, { action: 'swap' });
  expect(said).toContain('2 replicas follow it');
  expect(await things(primary)).toEqual(['good']);
  await until('the far one following', async () => (await things(far)).length === 1);
  // a replica beside its source has no server of its own here
  expect((await described(near))?.ReadReplicaSourceDBInstanceIdentifier).toBe(primary.id);
  expect(await things(beforeOf(primary))).toEqual(['good', 'harm']);
}, 120_000);

it('goes on taking writes under the name, which reach the other region', async () => {
  await shop.says(primary, "insert into things values ('new')");
  await until('the far one having it', async () => (await things(far)).includes('new'));
});

it('the next deployment of the same template replaces nothing and changes no instance', async () => {
  const before = await shop.identities();
  expect(await shop.deployAgain()).toEqual([primary, near, far].map(({ id }) => id));
  expect(await shop.identities()).toEqual(before);
});

it('lists what is left in both regions, and deletes a replica by its name', async () => {
  expect(await shop.call(tidied, { action: 'tidy' })).toContain(`${beforeOf(far).id}  ${SECOND}`);
  await shop.call(tidied, { action: 'tidy', remove: beforeOf(far).id });
  await until('it gone', async () => !(await rdsWorld().look([beforeOf(far)])).has(key(beforeOf(far))));
});

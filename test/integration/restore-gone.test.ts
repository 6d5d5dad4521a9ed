/** `npm run restore` on the emulator's RDS once the primary is deleted, with real PostgreSQL behind it, in two regions: what was acknowledged comes back under the same name, and the next deployment replaces nothing. */
import { setTimeout as wait } from 'node:timers/promises';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CreateDBSnapshotCommand, DeleteDBInstanceCommand, ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import { restore as command } from '../../lib/commands/restore';
import type { Wish } from '../../lib/commands/restore/decide';
import { RESTORING } from '../../lib/commands/restore/gone';
import { primaryIsGone, restoredInPlace } from '../../lib/commands/restore/in-place';
import { beforeOf, key } from '../../lib/commands/restore/swap';
import { tidied } from '../../lib/commands/restore/tasks';
import { rdsWorld } from '../../lib/commands/restore/world';
import { environment } from '../../lib/config';
import { until } from '../../lib/rehearsal/process';
import { checksums, moment } from '../support/backups';
import { DATABASE, described, FIRST, far, near, primary, Shop } from '../support/shop';

const DAILY = 'awsbackup:job-1';
const shop = new Shop();
const restore = (wish: Wish, options = {}) => shop.call((task) => restoredInPlace(task, wish), options);

/** By the API, as somebody does it by mistake. */
async function deletePrimary(
  how: { readonly keepBackups: boolean; readonly snapshot?: string },
  DBInstanceIdentifier = primary.id,
): Promise<void> {
  const open = { DBInstanceIdentifier, DeletionProtection: false, ApplyImmediately: true };
  await shop.rds().send(new ModifyDBInstanceCommand(open));
  await shop.rds().send(
    new DeleteDBInstanceCommand({
      DBInstanceIdentifier,
      DeleteAutomatedBackups: !how.keepBackups,
      SkipFinalSnapshot: how.snapshot === undefined,
      FinalDBSnapshotIdentifier: how.snapshot,
    }),
  );
}

/** What RDS says of one, but what is another's for each: times, address, identity. */
async function settings(place = primary) {
  const { InstanceCreateTime, LatestRestorableTime, Endpoint, DbiResourceId, AvailabilityZone, ...others } =
    (await described(place)) ?? {};
  return {
    ...others,
    ReadReplicaDBInstanceIdentifiers: others.ReadReplicaDBInstanceIdentifiers?.sort(),
    TagList: others.TagList?.filter(({ Key }) => !Key?.startsWith('aws:')), // CloudFormation's own, refused from others
  };
}

/** Orders until it is told to stop. @returns what was acknowledged, with when */
function orders() {
  const acknowledged: { id: number; at: number }[] = [];
  let going = true;
  const done = (async () => {
    for (let id = 1; going; id++) {
      await shop.says(primary, `insert into orders values (${id}, 'thing')`);
      acknowledged.push({ id, at: Date.now() });
    }
  })();
  const stop = async () => {
    going = false;
    await done;
  };
  return { acknowledged, stop };
}

beforeAll(async () => {
  await shop.start('.holdfast/integration-restore-gone');
  await shop.says(primary, 'create table orders (id int primary key, what text)');
  await shop.says(
    primary,
    'create table users as select n as id, md5(n::text) as name from generate_series(1, 2000) n',
  );
}, 120_000);
afterAll(() => shop.stop());

describe('deleted with its automated backups retained', () => {
  let asked: Awaited<ReturnType<typeof moment>>;
  let acknowledged: readonly { id: number; at: number }[];
  let before: Awaited<ReturnType<typeof settings>>;

  beforeAll(async () => {
    before = await settings();
    const ordering = orders();
    const backup = { DBInstanceIdentifier: primary.id, DBSnapshotIdentifier: DAILY };
    await shop.rds().send(new CreateDBSnapshotCommand(backup));
    await wait(1000);
    asked = await moment(await shop.address(primary));
    await wait(500);
    await ordering.stop();
    acknowledged = ordering.acknowledged;
    await shop.says(primary, 'drop table users');
    await deletePrimary({ keepBackups: true });
  }, 120_000);

  it('says what it would take and what is lost, and does nothing, with a dry run', async () => {
    const said = await restore({ kind: 'time', time: new Date(asked.time) }, { dryRun: true });
    expect(said).toContain(`${primary.id} is gone; there are: the automated backups of db-`);
    expect(said).toContain(`the snapshot ${DAILY} of`);
    expect(said).toContain('what was written after that is lost');
    expect(said).toContain(`would begin: ${primary.id} is restored from the automated backups of db-`);
    expect(await described(primary)).toBeUndefined();
    await shop.call(async (task) => expect(await primaryIsGone(task)).toBe(true), {});
  });

  it('refuses a time that nothing has', async () => {
    await expect(restore({ kind: 'time', time: new Date('2026-01-01T00:00:00Z') })).rejects.toThrow(
      /^--to: expected a time from .* got 2026-01-01/,
    );
  });

  it('comes back under its name as of the moment before the harm, every acknowledged order and every table the same', async () => {
    const said = await restore({ kind: 'time', time: new Date(asked.time) });
    expect(said).toContain(`${primary.id} stands again, as the template says, and 2 replicas follow it`);
    expect(await checksums(await shop.address(primary))).toEqual(asked.sums);
    const ids = (await shop.says(primary, 'select id from orders')).map(({ id }) => id);
    const due = acknowledged.filter(({ at }) => at <= Date.parse(asked.time));
    expect(due.length).toBeGreaterThan(20);
    expect(due.filter(({ id }) => !ids.includes(id))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(ids.length); // the later ones are what is lost
  }, 120_000);

  it('is what it was to RDS, from a template alone, and bears no mark of the restore', async () => {
    const now = await settings();
    expect(now).toEqual(before);
    expect(now.TagList?.map(({ Key }) => Key)).not.toContain(RESTORING);
  });

  it('is followed again in both regions, and takes writes that arrive there', async () => {
    await shop.says(primary, "insert into orders values (1000000, 'after')");
    await until('the far one having it', async () => {
      const [row] = await shop.says(far, 'select count(*)::int as n from orders where id = 1000000');
      return row?.n === 1;
    });
    // a replica beside its source has no server of its own here
    expect((await described(near))?.ReadReplicaSourceDBInstanceIdentifier).toBe(primary.id);
    for (const place of DATABASE.replicas) expect(await described(beforeOf(place))).toBeDefined();
  });

  it('the next deployment of the same template replaces nothing and changes no instance', async () => {
    const identities = await shop.identities();
    const was = await settings();
    expect(await shop.deployAgain()).toEqual([primary, near, far].map(({ id }) => id));
    expect(await shop.identities()).toEqual(identities);
    expect(await settings()).toEqual(was);
  });
});

describe('deleted with a last snapshot and nothing else', () => {
  it('is refused while what an earlier restore left has the names that are needed', async () => {
    await deletePrimary({ keepBackups: false, snapshot: 'shop-last' });
    await expect(restore({ kind: 'latest' })).rejects.toThrow(`${beforeOf(near).id}: expected that name to be free`);
    for (const place of DATABASE.replicas) {
      await shop.call(tidied, { action: 'tidy', remove: beforeOf(place).id });
      await until('it gone', async () => !(await rdsWorld().look([beforeOf(place)])).has(key(beforeOf(place))));
    }
  });

  it('comes back from that snapshot, the newest that there is, and loses nothing', async () => {
    const said = await restore({ kind: 'latest' });
    expect(said).toContain(`taken: the snapshot shop-last`);
    const [row] = await shop.says(primary, 'select count(*)::int as n from orders where id = 1000000');
    expect(row?.n).toBe(1);
  }, 120_000);
});

it('is found gone by the command itself, by the names and the stack of an environment', async () => {
  const [id, snapshot] = ['holdfast-dev-data-primary', 'dev-last'];
  const Properties = { DBInstanceIdentifier: id, DBInstanceClass: 'db.t4g.micro', Engine: 'postgres' };
  const TemplateBody = JSON.stringify({ Resources: { Primary: { Type: 'AWS::RDS::DBInstance', Properties } } });
  await new CloudFormationClient({ region: FIRST }).send(
    new CreateStackCommand({ StackName: 'Holdfast-dev-Data', TemplateBody }),
  );
  await until('it', async () => (await rdsWorld().look([{ region: FIRST, id }])).size === 1);
  await deletePrimary({ keepBackups: false, snapshot }, id);
  const said: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((line) => said.push(`${line}`));
  const words = ['--env', 'dev', '--to', 'latest', '--dry-run', '--json'];
  expect(await command(words, environment).finally(() => log.mockRestore())).toBe(0);
  expect(said.join('\n')).toContain(`would begin: ${id} is restored from ${snapshot}`);
});

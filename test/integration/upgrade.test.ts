/** `npm run upgrade -- database` against the emulator's blue/green deployments, with real PostgreSQL of two major versions behind it and people who read and order all the while. Needs an older PostgreSQL. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CreateChangeSetCommand, DescribeChangeSetCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateBlueGreenDeploymentCommand,
  DeleteBlueGreenDeploymentCommand,
  SwitchoverBlueGreenDeploymentCommand,
} from '@aws-sdk/client-rds';
import { databaseOf } from '../../lib/commands/restore/names';
import { upgrade } from '../../lib/commands/upgrade';
import { environment } from '../../lib/config';
import { until } from '../../lib/rehearsal/process';
import { checksums } from '../support/backups';
import { fillOrders, NO_OLDER_POSTGRES, OrderLoad, olderPostgres } from '../support/order-load';
import { UpgradeWorld } from '../support/upgrade-world';

const ORDERS = 20_000;
const LOOK_MS = 200;
const AFTER = '18';
const config = environment('staging');
const WORDS = ['database', '--env', config.name, '--to', AFTER, '--json'];
const { primary, replicas } = databaseOf(config);
const NAMES = [primary, ...replicas].map(({ id }) => id);
const OLD = `${primary.id}-old1`;

const found = olderPostgres();
const older = found && Number(found.major) >= 15 ? found : undefined; // the emulator's RDS knows none before
const BEFORE = older?.major ?? '';
if (!older) process.stderr.write(`upgrade: skipped. ${NO_OLDER_POSTGRES}\n`);
const rehearsed = older ? it : it.skip;
const world = new UpgradeWorld(config);
let load: OrderLoad;

beforeAll(async () => {
  if (!older) return;
  await world.start(older.postgres, BEFORE, AFTER);
  const at = await world.at(primary.id);
  await fillOrders(at, ORDERS);
  load = new OrderLoad(at);
}, 60_000);
afterAll(async () => {
  await load?.end();
  if (older) await world.stop();
});

/** The command to its end; what it said. */
async function run(...more: readonly string[]): Promise<string> {
  const said = jest.spyOn(console, 'log').mockImplementation();
  try {
    expect(await upgrade([...WORDS, ...more], environment, LOOK_MS)).toBe(0);
    return said.mock.calls.flat().join('\n');
  } finally {
    said.mockRestore();
  }
}

/** The command as a process of its own, which gets the signal when it says that. */
async function stopped(signal: NodeJS.Signals, text: string, ...more: readonly string[]) {
  const child = spawn(process.execPath, ['dist/bin/upgrade.js', ...WORDS, ...more], { env: world.env });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      said += data;
      if (`${data}`.includes(text)) child.kill(signal);
    });
  const [code] = await once(child, 'close');
  return { code, said };
}

const server = async (name: string) => `${(await world.says(name, 'show server_version'))[0]?.server_version}`;

rehearsed('a deployment of a new major version is refused, as by RDS, and leaves all as it was', async () => {
  expect(await world.deploy(AFTER)).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect((await world.instance(primary.id))?.EngineVersion).toMatch(new RegExp(`^${BEFORE}\\.`));
});

rehearsed(
  'killed after its first step and called again, it goes on to a copy with a replica, which follows',
  async () => {
    const { code, said } = await stopped('SIGKILL', 'gets rds.logical_replication');
    expect([code, said.split('\n').filter(Boolean)]).toEqual([null, [expect.stringContaining('logical_replication')]]);
    const all = await run();
    for (const name of NAMES) expect(all).toContain(`${name} is restarted`);
    expect(all).toContain('the copy follows');
    const { SwitchoverDetails = [], Tasks = [] } = (await world.deployment()) ?? {};
    const [copy = '', its = '', ...none] = SwitchoverDetails.map(({ TargetMember }) => TargetMember?.split(':').at(-1));
    expect([copy, its, none]).toEqual([
      ...NAMES.map((name) => expect.stringMatching(`^${name}-green-[a-z0-9]{6}$`)),
      [],
    ]);
    expect(Tasks.map(({ Status }) => Status)).toEqual(Array(4).fill('COMPLETED'));
    expect((await world.instance(its))?.ReadReplicaSourceDBInstanceIdentifier).toBe(copy);
    const ordered = load.acknowledged;
    await until('an order there', async () => (await load.lost(await world.at(copy))) <= load.acknowledged - ordered);
    await expect(world.says(copy, 'delete from orders')).rejects.toThrow('read-only transaction');
  },
  60_000,
);

const creation = async (BlueGreenDeploymentName: string, TargetEngineVersion?: string) => {
  const Source = (await world.instance(primary.id))?.DBInstanceArn;
  return world.rds.send(new CreateBlueGreenDeploymentCommand({ BlueGreenDeploymentName, Source, TargetEngineVersion }));
};
const deletion = (BlueGreenDeploymentIdentifier: string) =>
  world.rds.send(new DeleteBlueGreenDeploymentCommand({ BlueGreenDeploymentIdentifier, DeleteTarget: true }));
const switchover = (BlueGreenDeploymentIdentifier: string) =>
  world.rds.send(new SwitchoverBlueGreenDeploymentCommand({ BlueGreenDeploymentIdentifier, SwitchoverTimeout: 5 }));

rehearsed.each<[string, (id: string) => Promise<unknown>, string]>([
  ['to delete copies that are protected, as the database is', deletion, 'InvalidBlueGreenDeploymentStateFault'],
  ['to switch within less than 30 s', switchover, 'InvalidParameterValue'],
  ['a second copy of a name', () => creation(`${primary.id}-upgrade`), 'BlueGreenDeploymentAlreadyExistsFault'],
  ['a name with an underscore', () => creation('an_upgrade'), 'InvalidParameterValue'],
  ['a version that it has not', () => creation('other', '15.3'), 'InvalidParameterCombination'],
])('the emulator refuses, as RDS does, %s', async (_, ask, name) => {
  const { BlueGreenDeploymentIdentifier = '' } = (await world.deployment()) ?? {};
  const refusal = ask(BlueGreenDeploymentIdentifier);
  await expect(refusal).rejects.toMatchObject({ name: expect.stringMatching(`^${name}`) });
});

rehearsed('after a change of the schema RDS switches nothing, and the command says why', async () => {
  await world.says(primary.id, 'alter table users add column late text');
  await expect(run('--switch')).rejects.toThrow('Replication degraded');
  await world.says(primary.id, 'alter table users drop column late');
  expect([(await world.deployment())?.Status, await server(primary.id)]).toEqual([
    'AVAILABLE',
    expect.stringMatching(`^${BEFORE}`),
  ]);
});

rehearsed(
  'cancelled, its copies go, protected or not, and the database keeps nothing for them; then it begins anew',
  async () => {
    expect(await run('--cancel')).toContain('loses its protection from deletion');
    expect(await world.all()).toHaveLength(NAMES.length);
    const kept = 'select slot_name as name from pg_replication_slots union all select pubname from pg_publication';
    expect(await world.says(primary.id, kept)).toEqual([]);
    expect(await run()).toContain('the copy follows');
  },
  60_000,
);

rehearsed(
  'Ctrl-C leaves the switch to RDS and says how to go on; called again, it is switched',
  async () => {
    const { code, said } = await stopped('SIGINT', 'takes the names', '--switch');
    expect([code, said]).toEqual([130, expect.stringContaining(`npm run upgrade -- ${WORDS.join(' ')} --switch`)]);
    expect(await run('--switch')).toContain(`the database is PostgreSQL ${AFTER}`);
    expect([await server(primary.id), await server(OLD)]).toEqual(
      [AFTER, BEFORE].map((each) => expect.stringMatching(`^${each}`)),
    );
    await expect(world.says(OLD, 'delete from orders')).rejects.toThrow('read-only transaction');
    expect((await world.instance(`${replicas[0]?.id}-old1`))?.ReadReplicaSourceDBInstanceIdentifier).toBe(OLD);
  },
  60_000,
);

rehearsed(
  'nothing acknowledged is lost, all tables are equal, and only restart and switch refused anything',
  async () => {
    const ordered = load.acknowledged;
    await until('more orders', async () => load.acknowledged > ordered + 20);
    await load.end();
    const { restarted, switched } = world;
    const apart = load.refused.filter((each) => !restarted.has(each) && !switched.has(each));
    const times = (what: string) =>
      load.refused.filter((each) => each.what === what && switched.has(each)).map(({ at }) => at);
    const spread = (what: string) => Math.max(...times(what)) - Math.min(...times(what));
    process.stderr.write(
      `upgrade: ${load.reads} reads and ${load.acknowledged} orders answered, all of them; the switch refused reads for ${spread('read')} ms and orders for ${spread('order')} ms; longest waits ${Math.round(load.longestMs.read)} and ${Math.round(load.longestMs.order)} ms\n`,
    );
    expect(apart).toEqual([]);
    expect(spread('order')).toBeGreaterThan(0);
    expect(await load.lost(await world.at(primary.id))).toBe(0);
    const [{ last } = {}] = await world.says(OLD, 'select max(number) as last from orders');
    await world.says(primary.id, `delete from orders where number > ${last}`); // what came after the switch
    const before = await checksums(await world.at(OLD));
    expect(Object.keys(before).length).toBeGreaterThan(5);
    expect(await checksums(await world.at(primary.id))).toEqual(before);
  },
);

rehearsed(
  'a deployment of the new version replaces the parameter group and no instance, and then nothing is left',
  async () => {
    const ids = () => Promise.all(NAMES.map(async (name) => (await world.instance(name))?.DbiResourceId));
    const before = await ids();
    const change = { StackName: world.StackName, ChangeSetName: 'next' };
    await world.stacks.send(new CreateChangeSetCommand({ ...change, TemplateBody: world.template(AFTER) }));
    const { Changes = [] } = await world.stacks.send(new DescribeChangeSetCommand(change));
    const replaced = Changes.filter(({ ResourceChange }) => ResourceChange?.Replacement === 'True');
    expect(replaced.map(({ ResourceChange }) => ResourceChange?.ResourceType)).toEqual(['AWS::RDS::DBParameterGroup']);
    expect(await world.deploy(AFTER)).toBe('UPDATE_COMPLETE');
    expect(await ids()).toEqual(before);
    expect(await run('--cancel')).toContain('there is no copy');
    expect(await run()).toContain(`the database is PostgreSQL ${AFTER}`);
    expect((await world.instance(OLD))?.DBInstanceStatus).toBe('available');
  },
);

/** `npm run restore` on the emulator's RDS with real PostgreSQL behind it, in two regions: what is restored takes the name, and the next deployment of the same template replaces nothing. */
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateDBParameterGroupCommand, RDSClient } from '@aws-sdk/client-rds';
import { instancesOf } from '../../lib/commands/restore/names';
import { beforeOf, key, type Place } from '../../lib/commands/restore/swap';
import { restored, swapped, tidied } from '../../lib/commands/restore/tasks';
import { rdsWorld } from '../../lib/commands/restore/world';
import { ACCOUNT, type Cloud, client } from '../../lib/rehearsal/aws';
import { Databases } from '../../lib/rehearsal/databases';
import { RunningParts } from '../../lib/rehearsal/parts';
import { freePort } from '../../lib/rehearsal/ports';
import { until } from '../../lib/rehearsal/process';
import { startEmulator } from '../../lib/rehearsal/servers';
import { postgresSays } from '../../lib/rehearsal/standbys';
import { foundTools } from '../support/backend';
import { taskOf } from '../support/database-world';

const STATE = '.holdfast/integration-restore';
const [FIRST, SECOND] = ['eu-west-1', 'eu-central-1'];
const at = (region: string, id: string): Place => ({ region, id });
const primary = at(FIRST, 'shop-data-primary');
const near = at(FIRST, 'shop-data-replica1');
const far = at(SECOND, 'shop-datarecovery-primary');
const DATABASE = {
  primary,
  incoming: at(FIRST, `${primary.id}-restored`),
  replicas: [near, far],
  standby: far,
  prefix: 'shop-data',
  stacks: [at(FIRST, 'Data'), at(SECOND, 'Data')],
};

const parts = new RunningParts(undefined);
const ENDPOINT = { AWS_ENDPOINT_URL: '', AWS_ACCESS_KEY_ID: ACCOUNT, AWS_SECRET_ACCESS_KEY: 'test' };
let databases: Databases;
let cloud: Cloud;

/** As the stacks have them: fixed names, and the far one by the primary's ARN. */
const database = (properties: object) => ({
  Type: 'AWS::RDS::DBInstance',
  Properties: { DBInstanceClass: 'db.t4g.small', ...properties },
});
const TEMPLATES = {
  [FIRST]: {
    Primary: database({
      DBInstanceIdentifier: primary.id,
      Engine: 'postgres',
      AllocatedStorage: '20',
      StorageEncrypted: true,
      BackupRetentionPeriod: 14,
      DeletionProtection: true,
      DBParameterGroupName: 'shop',
    }),
    Replica1: database({ DBInstanceIdentifier: near.id, SourceDBInstanceIdentifier: { Ref: 'Primary' } }),
  },
  [SECOND]: {
    Standby: database({
      DBInstanceIdentifier: far.id,
      SourceDBInstanceIdentifier: `arn:aws:rds:${FIRST}:${ACCOUNT}:db:${primary.id}`,
      KmsKeyId: 'alias/second',
    }),
  },
};
const stacks = (region: string) => new CloudFormationClient(client(cloud, region));
const body = (region: string, Description: string) => JSON.stringify({ Description, Resources: TEMPLATES[region] });
const says = async ({ region, id }: Place, sql: string) =>
  postgresSays({ host: '127.0.0.1', port: await databases.port({ region, name: id }) }, sql);
const things = async (place: Place) =>
  (await says(place, 'select what from things order by 1')).map(({ what }) => what);

async function call(work: typeof swapped, options: object) {
  const { task, said } = taskOf(rdsWorld(), options, { database: DATABASE, lookMs: 200 });
  await work(task);
  return said.join('\n');
}

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(`${STATE}/tmp`, { recursive: true });
  const tools = await foundTools();
  const { add, end } = parts;
  const log = (part: string) => `${STATE}/${part}.log`;
  databases = await Databases.listen(
    { tools, state: resolve(STATE), log, add, end },
    { region: FIRST, name: primary.id },
  );
  parts.before(() => databases.stop());
  const port = await freePort();
  const place = { port, logFile: log('emulator'), temporary: resolve(STATE, 'tmp'), account: ACCOUNT };
  await Promise.all([databases.begin(), add(startEmulator(tools, { ...place, databases: databases.url }))]);
  cloud = { endpoint: `http://127.0.0.1:${port}`, account: ACCOUNT, home: STATE };
  Object.assign(process.env, ENDPOINT, { AWS_ENDPOINT_URL: cloud.endpoint });
  const group = { DBParameterGroupName: 'shop', DBParameterGroupFamily: 'postgres18', Description: 'shop' };
  await new RDSClient(client(cloud, FIRST)).send(new CreateDBParameterGroupCommand(group));
  for (const region of [FIRST, SECOND])
    await stacks(region).send(new CreateStackCommand({ StackName: 'Data', TemplateBody: body(region, 'first') }));
  await until('all three', async () => (await rdsWorld().look([primary, near, far])).size === 3);
  await says(primary, 'create table things (what text)');
  await says(primary, "insert into things values ('good')");
}, 120_000);
afterAll(async () => {
  for (const name of Object.keys(ENDPOINT)) delete process.env[name];
  await parts.stop();
});

it('restores beside the primary, swaps the names and makes both replicas anew, with the restored data behind the names', async () => {
  expect(await call((task) => restored(task, { kind: 'latest' }), {})).toContain(`${DATABASE.incoming.id} stands`);
  await says(primary, "insert into things values ('harm')");
  const said = await call(swapped, { action: 'swap' });
  expect(said).toContain('2 replicas follow it');
  expect(await things(primary)).toEqual(['good']);
  await until('the far one following', async () => (await things(far)).length === 1);
  // a replica beside its source has no server of its own here
  expect((await rdsWorld().look([near])).get(key(near))?.ReadReplicaSourceDBInstanceIdentifier).toContain(primary.id);
  expect(await things(beforeOf(primary))).toEqual(['good', 'harm']);
}, 120_000);

it('goes on taking writes under the name, which reach the other region', async () => {
  await says(primary, "insert into things values ('new')");
  await until('the far one having it', async () => (await things(far)).includes('new'));
});

it('the next deployment of the same template replaces nothing and changes no instance', async () => {
  const look = async () =>
    Object.fromEntries(
      [...(await rdsWorld().look(instancesOf(DATABASE)))].map(([name, it]) => [name, it.DbiResourceId]),
    );
  const before = await look();
  for (const region of [FIRST, SECOND]) {
    await stacks(region).send(new UpdateStackCommand({ StackName: 'Data', TemplateBody: body(region, 'second') }));
    const { StackResources = [] } = await stacks(region).send(new DescribeStackResourcesCommand({ StackName: 'Data' }));
    const named = DATABASE.replicas.concat(primary).filter((place) => place.region === region);
    expect(StackResources.map(({ PhysicalResourceId }) => PhysicalResourceId).sort()).toEqual(
      named.map(({ id }) => id).sort(),
    );
  }
  expect(await look()).toEqual(before);
});

it('lists what is left in both regions, and deletes a replica by its name', async () => {
  expect(await call(tidied, { action: 'tidy' })).toContain(`${beforeOf(far).id}  ${SECOND}`);
  await call(tidied, { action: 'tidy', remove: beforeOf(far).id });
  await until('it gone', async () => !(await rdsWorld().look([beforeOf(far)])).has(key(beforeOf(far))));
});

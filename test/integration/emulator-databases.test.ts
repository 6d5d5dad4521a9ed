/** The emulator's RDS with what a second region and a restore need of it, asked by the AWS SDK: records alone, then real PostgreSQL servers behind them. Not RDS: what that takes and forbids is read in its documentation. */
import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateBlueGreenDeploymentCommand,
  CreateDBInstanceReadReplicaCommand,
  CreateDBParameterGroupCommand,
  type DBInstance,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeDBParametersCommand,
  ModifyDBInstanceCommand,
  ModifyDBParameterGroupCommand,
  PromoteReadReplicaCommand,
  RDSClient,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { ACCOUNT, type Cloud, client } from '../../lib/rehearsal/aws';
import type { Databases } from '../../lib/rehearsal/databases';
import { RunningParts } from '../../lib/rehearsal/parts';
import { until } from '../../lib/rehearsal/process';
import { postgresSays } from '../../lib/rehearsal/standbys';
import { startDatabases } from '../support/emulated-databases';

const STATE = '.holdfast/integration-emulator-databases';
const [FIRST, SECOND] = ['eu-west-1', 'eu-central-1'];
const PRIMARY = 'shop-primary';
const REPLICA = 'shop-elsewhere';
const arn = (region: string, name: string) => `arn:aws:rds:${region}:${ACCOUNT}:db:${name}`;

const parts = new RunningParts(undefined);
let databases: Databases;
let cloud: Cloud;
const rds = (region: string) => new RDSClient({ ...client(cloud, region), maxAttempts: 1 });

async function find(region: string, DBInstanceIdentifier: string): Promise<DBInstance | undefined> {
  const { DBInstances: [found] = [] } = await rds(region).send(
    new DescribeDBInstancesCommand({ DBInstanceIdentifier }),
  );
  return found;
}
const available = (region: string, name: string) =>
  until(`${name} available`, async () => (await find(region, name))?.DBInstanceStatus === 'available');
const says = async (region: string, name: string, sql: string) =>
  postgresSays({ host: '127.0.0.1', port: await databases.port({ region, name }) }, sql);

/** A template with one instance, in a region. */
const template = (properties: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ Resources: { Database: { Type: 'AWS::RDS::DBInstance', Properties: properties } } });
const stacks = (region: string) => new CloudFormationClient(client(cloud, region));
const create = (region: string, StackName: string, properties: Readonly<Record<string, unknown>>) =>
  stacks(region).send(new CreateStackCommand({ StackName, TemplateBody: template(properties) }));
const update = (region: string, StackName: string, properties: Readonly<Record<string, unknown>>) =>
  stacks(region).send(new UpdateStackCommand({ StackName, TemplateBody: template(properties) }));

const ELSEWHERE = {
  DBInstanceIdentifier: REPLICA,
  SourceDBInstanceIdentifier: arn(FIRST, PRIMARY),
  DBInstanceClass: 'db.t4g.small',
  KmsKeyId: 'alias/second',
};

beforeAll(async () => {
  ({ databases, cloud } = await startDatabases(STATE, { region: FIRST, name: PRIMARY }, parts));
  await rds(FIRST).send(
    new CreateDBParameterGroupCommand({
      DBParameterGroupName: 'shop',
      DBParameterGroupFamily: 'postgres17',
      Description: 'shop',
    }),
  );
  await create(FIRST, 'Data', {
    DBInstanceIdentifier: PRIMARY,
    Engine: 'postgres',
    DBInstanceClass: 'db.t4g.small',
    StorageEncrypted: true,
    AllocatedStorage: '20',
    BackupRetentionPeriod: 14,
    DBParameterGroupName: 'shop',
  });
}, 120_000);
afterAll(() => parts.stop());

it('makes a replica in another region from a template, and shows both ends by ARN', async () => {
  await says(FIRST, PRIMARY, 'create table orders (id int)');
  await create(SECOND, 'DataElsewhere', ELSEWHERE);
  await available(SECOND, REPLICA);
  expect(await find(SECOND, REPLICA)).toMatchObject({
    ReadReplicaSourceDBInstanceIdentifier: arn(FIRST, PRIMARY),
    Engine: 'postgres',
    StorageEncrypted: true,
    KmsKeyId: 'alias/second',
    BackupRetentionPeriod: 0,
  });
  expect((await find(FIRST, PRIMARY))?.ReadReplicaDBInstanceIdentifiers).toEqual([arn(SECOND, REPLICA)]);
});

it('has a real server follow there, and tells how far it is behind', async () => {
  await says(FIRST, PRIMARY, 'insert into orders values (1)');
  await until('the order there', async () => (await says(SECOND, REPLICA, 'select id from orders')).length === 1);
  await expect(says(SECOND, REPLICA, 'insert into orders values (2)')).rejects.toThrow('read-only transaction');
  const asked = {
    Namespace: 'AWS/RDS',
    MetricName: 'ReplicaLag',
    Dimensions: [{ Name: 'DBInstanceIdentifier', Value: REPLICA }],
    Period: 60,
    Statistics: ['Maximum' as const],
  };
  await until('a lag', async () => {
    const [StartTime, EndTime] = [new Date(Date.now() - 120_000), new Date(Date.now() + 1000)];
    const metrics = new CloudWatchClient(client(cloud, SECOND));
    const { Datapoints = [] } = await metrics.send(new GetMetricStatisticsCommand({ ...asked, StartTime, EndTime }));
    return Datapoints.some(({ Maximum }) => Maximum === 0);
  });
});

const replicaOf = (SourceDBInstanceIdentifier: string, KmsKeyId?: string) =>
  new CreateDBInstanceReadReplicaCommand({ DBInstanceIdentifier: 'other', SourceDBInstanceIdentifier, KmsKeyId });
const promotion = (DBInstanceIdentifier: string) => new PromoteReadReplicaCommand({ DBInstanceIdentifier });

it.each([
  [
    'a replica elsewhere without a key for it',
    () => rds(SECOND).send(replicaOf(arn(FIRST, PRIMARY))),
    'InvalidParameterCombination',
  ],
  [
    'a replica of what has no backups',
    () => rds(FIRST).send(replicaOf(arn(SECOND, REPLICA), 'key')),
    'InvalidDBInstanceState',
  ],
  [
    'a blue/green deployment of what has a replica elsewhere',
    () =>
      rds(FIRST).send(
        new CreateBlueGreenDeploymentCommand({ BlueGreenDeploymentName: 'upgrade', Source: arn(FIRST, PRIMARY) }),
      ),
    'SourceDatabaseNotSupportedFault',
  ],
  ['to promote a primary', () => rds(FIRST).send(promotion(PRIMARY)), 'InvalidDBInstanceState'],
  ['to promote what is not there', () => rds(FIRST).send(promotion('none')), 'DBInstanceNotFound'],
])('refuses, as RDS does, %s', async (_, ask, name) => {
  await expect(ask()).rejects.toMatchObject({ name: expect.stringMatching(new RegExp(`^${name}`)) });
});

it('makes the real server read-only by a parameter of its group, and writable again', async () => {
  const modify = (ParameterValue: string) =>
    rds(FIRST).send(
      new ModifyDBParameterGroupCommand({
        DBParameterGroupName: 'shop',
        Parameters: [{ ParameterName: 'default_transaction_read_only', ParameterValue, ApplyMethod: 'immediate' }],
      }),
    );
  const order = () => says(FIRST, PRIMARY, 'insert into orders values (3)');
  await modify('1');
  const { Parameters = [] } = await rds(FIRST).send(
    new DescribeDBParametersCommand({ DBParameterGroupName: 'shop', Source: 'user' }),
  );
  expect(Parameters).toMatchObject([{ ParameterName: 'default_transaction_read_only', ParameterValue: '1' }]);
  await until('no orders', () =>
    order().then(
      () => false,
      () => true,
    ),
  );
  await modify('0');
  await until('orders', () => order().then(() => true));
});

it('promotes the real server, which writes then, has backups and follows nobody', async () => {
  const promote = new PromoteReadReplicaCommand({ DBInstanceIdentifier: REPLICA, BackupRetentionPeriod: 14 });
  expect((await rds(SECOND).send(promote)).DBInstance?.DBInstanceStatus).toBe('modifying');
  await available(SECOND, REPLICA);
  const promoted = await find(SECOND, REPLICA);
  expect(promoted?.ReadReplicaSourceDBInstanceIdentifier ?? '').toBe('');
  expect(promoted?.BackupRetentionPeriod).toBe(14);
  expect((await find(FIRST, PRIMARY))?.ReadReplicaDBInstanceIdentifiers ?? []).toEqual([]);
  await says(SECOND, REPLICA, 'insert into orders values (4)');
});

it('leaves it promoted when its template is deployed again with another class', async () => {
  await update(SECOND, 'DataElsewhere', { ...ELSEWHERE, DBInstanceClass: 'db.t4g.medium' });
  const found = await find(SECOND, REPLICA);
  expect([found?.DBInstanceClass, found?.ReadReplicaSourceDBInstanceIdentifier ?? '']).toEqual(['db.t4g.medium', '']);
});

it('goes back: a replica in the first region, promoted, under the name that the old one had', async () => {
  const back = {
    DBInstanceIdentifier: `${PRIMARY}-return`,
    SourceDBInstanceIdentifier: arn(SECOND, REPLICA),
    KmsKeyId: 'alias/first',
    DBParameterGroupName: 'shop',
  };
  await rds(FIRST).send(new CreateDBInstanceReadReplicaCommand(back));
  await available(FIRST, back.DBInstanceIdentifier);
  await rds(FIRST).send(new PromoteReadReplicaCommand({ DBInstanceIdentifier: back.DBInstanceIdentifier }));
  await available(FIRST, back.DBInstanceIdentifier);
  const rename = async (from: string, to: string) => {
    const names = { DBInstanceIdentifier: from, NewDBInstanceIdentifier: to };
    await rds(FIRST).send(new ModifyDBInstanceCommand({ ...names, ApplyImmediately: true }));
    await available(FIRST, to);
  };
  await rename(PRIMARY, `${PRIMARY}-before`);
  await rename(back.DBInstanceIdentifier, PRIMARY);
  expect(await says(FIRST, PRIMARY, 'select id from orders where id = 4')).toHaveLength(1);
  expect(await says(FIRST, `${PRIMARY}-before`, 'select id from orders where id = 4')).toHaveLength(0);
  await expect(find(FIRST, back.DBInstanceIdentifier)).rejects.toMatchObject({
    name: expect.stringMatching(/NotFound/),
  });
  await expect(rename(PRIMARY, `${PRIMARY}-before`)).rejects.toMatchObject({ name: expect.stringMatching(/Exists/) });
});

it('lets a template that is deployed again find the instance that has its name now', async () => {
  await update(FIRST, 'Data', {
    DBInstanceIdentifier: PRIMARY,
    Engine: 'postgres',
    DBInstanceClass: 'db.t4g.large',
    StorageEncrypted: true,
    AllocatedStorage: '20',
    BackupRetentionPeriod: 14,
    DBParameterGroupName: 'shop',
  });
  expect((await find(FIRST, PRIMARY))?.DBInstanceClass).toBe('db.t4g.large');
  expect(await says(FIRST, PRIMARY, 'select id from orders where id = 4')).toHaveLength(1);
});

it('keeps replication through a new name of the source, for records and servers', async () => {
  await rds(SECOND).send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: REPLICA, SkipFinalSnapshot: true }));
  const again = { ...ELSEWHERE, SourceDBInstanceIdentifier: arn(FIRST, PRIMARY) };
  await rds(SECOND).send(new CreateDBInstanceReadReplicaCommand(again));
  await available(SECOND, REPLICA);
  const names = { DBInstanceIdentifier: PRIMARY, NewDBInstanceIdentifier: `${PRIMARY}-moved` };
  await rds(FIRST).send(new ModifyDBInstanceCommand({ ...names, ApplyImmediately: true }));
  await available(FIRST, `${PRIMARY}-moved`);
  expect((await find(SECOND, REPLICA))?.ReadReplicaSourceDBInstanceIdentifier).toBe(arn(FIRST, `${PRIMARY}-moved`));
  await says(FIRST, `${PRIMARY}-moved`, 'insert into orders values (5)');
  await until('it there', async () => (await says(SECOND, REPLICA, 'select from orders where id = 5')).length === 1);
});

it('restores beside, to a copy with what there is now, and refuses a name that is taken', async () => {
  const restore = (TargetDBInstanceIdentifier: string) =>
    rds(FIRST).send(
      new RestoreDBInstanceToPointInTimeCommand({
        SourceDBInstanceIdentifier: `${PRIMARY}-moved`,
        TargetDBInstanceIdentifier,
        UseLatestRestorableTime: true,
      }),
    );
  await restore(`${PRIMARY}-restored`);
  await available(FIRST, `${PRIMARY}-restored`);
  expect(await says(FIRST, `${PRIMARY}-restored`, 'select id from orders where id = 5')).toHaveLength(1);
  await says(FIRST, `${PRIMARY}-restored`, 'insert into orders values (6)');
  await expect(restore(`${PRIMARY}-before`)).rejects.toMatchObject({ name: expect.stringMatching(/Exists/) });
});

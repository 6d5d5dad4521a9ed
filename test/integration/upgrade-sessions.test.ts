/** `npm run upgrade -- sessions` against the emulator's ElastiCache, which knows versions and nodes as records. What sessions notice is no part of it: docs/durability.md. */
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ModifyReplicationGroupCommand,
} from '@aws-sdk/client-elasticache';
import { upgrade } from '../../lib/commands/upgrade';
import { environment } from '../../lib/config';
import { ACCOUNT, accountEnv, type Cloud, client } from '../../lib/rehearsal/aws';
import { freePort } from '../../lib/rehearsal/ports';
import { type Running, until } from '../../lib/rehearsal/process';
import { startEmulator } from '../../lib/rehearsal/servers';
import { foundTools } from '../support/backend';

const STATE = '.holdfast/integration-upgrade-sessions';
const config = environment('staging');
const StackName = `Holdfast-${config.name}-Data`;
let emulator: Running;
let cloud: Cloud;

const cache = () => new ElastiCacheClient({ ...client(cloud, config.region), maxAttempts: 1 });
const stacks = () => new CloudFormationClient(client(cloud, config.region));
const body = (EngineVersion: string) =>
  JSON.stringify({
    Resources: {
      Sessions: {
        Type: 'AWS::ElastiCache::ReplicationGroup',
        Properties: {
          ReplicationGroupDescription: 'Sessions',
          Engine: 'valkey',
          EngineVersion,
          CacheNodeType: 'cache.t4g.small',
          NumNodeGroups: 1,
          ReplicasPerNodeGroup: 1,
          AutomaticFailoverEnabled: true,
          SnapshotRetentionLimit: 1,
        },
      },
    },
  });
const status = async () => (await stacks().send(new DescribeStacksCommand({ StackName }))).Stacks?.[0]?.StackStatus;
const group = async () => (await cache().send(new DescribeReplicationGroupsCommand({}))).ReplicationGroups?.[0];
const versions = async () =>
  (await cache().send(new DescribeCacheClustersCommand({}))).CacheClusters?.map((each) => each.EngineVersion);
const modify = async (EngineVersion: string) =>
  cache().send(
    new ModifyReplicationGroupCommand({ ReplicationGroupId: (await group())?.ReplicationGroupId, EngineVersion }),
  );

async function run(to: string): Promise<string> {
  const said = jest.spyOn(console, 'log').mockImplementation();
  try {
    await upgrade(['sessions', '--env', config.name, '--to', to, '--json'], environment, 200);
    return said.mock.calls.flat().join('\n');
  } finally {
    said.mockRestore();
  }
}

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(`${STATE}/tmp`, { recursive: true });
  const port = await freePort();
  const place = { port, account: ACCOUNT, logFile: `${STATE}/emulator.log`, temporary: resolve(STATE, 'tmp') };
  emulator = await startEmulator(await foundTools(), place);
  cloud = { endpoint: `http://127.0.0.1:${port}`, account: ACCOUNT, home: resolve(STATE) };
  Object.assign(process.env, accountEnv(cloud, config.region));
  await stacks().send(new CreateStackCommand({ StackName, TemplateBody: body('8.0') }));
  await until('the store', async () => (await status()) === 'CREATE_COMPLETE');
}, 60_000);
afterAll(() => emulator?.stop());

it.each([
  ['7.2', '--to: expected a version after 8.0', 'InvalidParameterValue'],
  ['9.9', '--to: expected one of 9.0, 8.2, 8.1, 8.0, 7.2', 'InvalidParameterValue'],
  ['9.0', '--to: expected a version of valkey8', 'InvalidParameterCombination'],
])('refuses %s before ElastiCache does', async (to, why, name) => {
  await expect(run(to)).rejects.toThrow(why);
  await expect(modify(to)).rejects.toMatchObject({ name: expect.stringMatching(`^${name}`) });
});

it('takes each node to the version, and begins nothing twice', async () => {
  await modify('8.1'); // as a command that was killed has left it
  expect((await group())?.Status).toBe('modifying');
  await expect(modify('8.1')).rejects.toMatchObject({ name: expect.stringMatching('^InvalidReplicationGroupState') });
  const said = await run('8.1');
  expect([said.includes('modifying'), said.includes('gets 8.1')]).toEqual([true, false]);
  expect(await versions()).toEqual(['8.1', '8.1']);
  expect((await run('8.2')).match(/gets 8.2/g)).toHaveLength(1);
  expect(await versions()).toEqual(['8.2', '8.2']);
});

it('lets the next deployment say the version that is there, which changes nothing', async () => {
  const before = (await group())?.ARN;
  await stacks().send(new UpdateStackCommand({ StackName, TemplateBody: body('8.2') }));
  await until('the stack', async () => (await status()) === 'UPDATE_COMPLETE');
  expect([(await group())?.ARN, (await group())?.Status]).toEqual([before, 'available']);
  expect(await run('8.2')).toContain('the session store is 8.2');
});

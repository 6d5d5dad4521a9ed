/** Which of two regions a release comes to first, as the command asks the world: outputs of stacks and the fence rule, in the emulator. Releases nothing. */
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { CloudFormationClient, CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { FENCE_PATH, fenceAnswer } from '../../lambda/failover/fence';
import { placesOf } from '../../lib/commands/regions';
import { regionsOf } from '../../lib/commands/release/regions';
import { environment } from '../../lib/config';
import { ACCOUNT } from '../../lib/rehearsal/aws';
import { freePort } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { startEmulator } from '../../lib/rehearsal/servers';
import { foundTools } from '../support/backend';

const STATE = '.holdfast/integration-release-regions';
const config = environment('prod');
const FIRST = config.region;
const SECOND = config.recovery?.region ?? '';
let emulator: Running;
let rule: string;

const stackName = (name: string) => `Holdfast-${config.name}-${name}`;
async function stack(name: string, region: string, outputs: Readonly<Record<string, string>>) {
  const TemplateBody = JSON.stringify({
    Resources: { Any: { Type: 'AWS::SNS::Topic' } },
    Outputs: Object.fromEntries(Object.entries(outputs).map(([key, Value]) => [key, { Value }])),
  });
  await new CloudFormationClient({ region }).send(new CreateStackCommand({ StackName: stackName(name), TemplateBody }));
}
async function region(name: string, suffix: string, balancer: string) {
  await stack(`Rollouts${suffix}`, name, {
    RolloutMachineArn: `arn:aws:states:${name}:${ACCOUNT}:stateMachine:rollouts`,
  });
  await stack(`Backend${suffix}`, name, { ReleaseBucketName: `releases-${name}`, LoadBalancerDnsName: balancer });
}

async function fence(): Promise<string> {
  const balancing = new ElasticLoadBalancingV2Client({ region: SECOND });
  const { LoadBalancers: [made] = [] } = await balancing.send(
    new CreateLoadBalancerCommand({ Name: 'second', Subnets: ['subnet-1', 'subnet-2'] }),
  );
  const { Listeners: [listener] = [] } = await balancing.send(
    new CreateListenerCommand({
      LoadBalancerArn: made?.LoadBalancerArn,
      Protocol: 'HTTP',
      Port: await freePort(),
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
    }),
  );
  const { Rules: [found] = [] } = await balancing.send(
    new CreateRuleCommand({
      ListenerArn: listener?.ListenerArn,
      Priority: 1,
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: [FENCE_PATH] } }],
      Actions: [{ Type: 'fixed-response', FixedResponseConfig: fenceAnswer(false) }],
    }),
  );
  rule = found?.RuleArn ?? '';
  return made?.DNSName ?? '';
}

const raise = (active: boolean) =>
  new ElasticLoadBalancingV2Client({ region: SECOND }).send(
    new ModifyRuleCommand({
      RuleArn: rule,
      Actions: [{ Type: 'fixed-response', FixedResponseConfig: fenceAnswer(active) }],
    }),
  );

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(STATE, { recursive: true });
  const port = await freePort();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: 'x',
  });
  emulator = await startEmulator(await foundTools(), {
    port,
    logFile: `${STATE}/emulator.log`,
    temporary: resolve(STATE),
    account: ACCOUNT,
  });
  await region(FIRST, '', 'first.example.com');
}, 120_000);
afterAll(() => emulator?.stop());

it('a second region that is not there, or silent, leaves the first one in use', async () => {
  expect(await regionsOf(config)).toMatchObject({
    region: FIRST,
    waiting: {
      region: SECOND,
      silent: expect.stringContaining(`expected a deployed stack in ${SECOND}, got `),
    },
  });
});

it('the first one is in use while the fence of the second is down, and the second once it is up', async () => {
  await region(SECOND, 'Recovery', await fence());
  expect(await regionsOf(config)).toMatchObject({ region: FIRST, waiting: { region: SECOND, fleets: {} } });
  await raise(true);
  expect(await regionsOf(config)).toMatchObject({ region: SECOND, waiting: { region: FIRST, fleets: {} } });
  await raise(false);
  expect(await regionsOf(config)).toMatchObject({ region: FIRST });
});

it('the second one is in use with the first one gone, and never unless its fence says so', async () => {
  const StackName = stackName('Rollouts');
  await new CloudFormationClient({ region: FIRST }).send(new DeleteStackCommand({ StackName }));
  await expect(regionsOf(config)).rejects.toThrow(`${StackName}: expected a deployed stack in ${FIRST}`);
  await raise(true);
  expect(await regionsOf(config)).toMatchObject({
    region: SECOND,
    waiting: { region: FIRST, silent: expect.any(String) },
  });
});

it('an environment without a second region has none to wait', () => {
  const dev = environment('dev');
  expect(placesOf(dev)).toEqual([{ region: dev.region, suffix: '' }]);
});

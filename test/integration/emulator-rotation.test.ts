/** A rotation in the emulator: the schedule from a template, four calls of the real function, and labels as Secrets Manager moves them. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ask } from '../../lambda/aws';
import { vaultOf } from '../../lambda/rotation/vault';
import { ACCOUNT } from '../../lib/rehearsal/aws';
import { freePort } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { startEmulator } from '../../lib/rehearsal/servers';
import { foundTools, until } from '../support/backend';
import { zipOf } from '../support/zip';

const STATE = '.holdfast/integration-emulator-rotation';
const region = 'eu-west-1';
let emulator: Running;
let endpoint: string;
let functionArn: string;
const key = { accessKeyId: ACCOUNT, secretAccessKey: 'rehearsal' };
const caller = () => ({ region, endpoint, credentials: () => key });

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  mkdirSync(`${STATE}/tmp`, { recursive: true });
  const port = await freePort();
  endpoint = `http://127.0.0.1:${port}`;
  const place = { port, account: ACCOUNT, logFile: `${STATE}/emulator.log`, temporary: resolve(STATE, 'tmp') };
  emulator = await startEmulator(await foundTools(), place);
  const lambda = new LambdaClient({ endpoint, region, credentials: key });
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'signing',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${ACCOUNT}:role/none`,
      Code: { ZipFile: await zipOf({ 'index.js': readFileSync('dist/lambda/signing-rotation/index.js') }) },
    }),
  );
  functionArn = FunctionArn;
}, 60_000);
afterAll(() => emulator.stop());

it('moves what signs, by the function that the template names', async () => {
  const cloudFormation = new CloudFormationClient({ endpoint, region, credentials: key });
  const Resources = {
    Secret: {
      Type: 'AWS::SecretsManager::Secret',
      Properties: { Name: 'cookie', SecretString: JSON.stringify({ current: 'c'.repeat(48) }) },
    },
    Schedule: {
      Type: 'AWS::SecretsManager::RotationSchedule',
      Properties: {
        SecretId: { Ref: 'Secret' },
        RotationLambdaARN: functionArn,
        RotationRules: { AutomaticallyAfterDays: 30 },
      },
    },
  };
  await cloudFormation.send(
    new CreateStackCommand({ StackName: 'secrets', TemplateBody: JSON.stringify({ Resources }) }),
  );
  await waitUntilStackCreateComplete(
    { client: cloudFormation, maxWaitTime: 30, minDelay: 1 },
    { StackName: 'secrets' },
  );
  const vault = vaultOf('cookie', caller());
  const current = async () => {
    const labels = Object.entries(await vault.labels());
    const [version = ''] = labels.find(([, each]) => each.includes('AWSCURRENT')) ?? [];
    return { version, value: JSON.parse((await vault.read(version)) ?? '{}') };
  };
  for (const expected of [
    { current: 'c'.repeat(48), next: expect.any(String) },
    { current: expect.any(String), next: expect.any(String), previous: 'c'.repeat(48) },
  ]) {
    const { VersionId } = await ask<{ VersionId: string }>(caller(), 'secretsmanager', 'RotateSecret', {
      SecretId: 'cookie',
    });
    await until(async () => (await current()).version === VersionId);
    expect((await current()).value).toEqual(expected);
  }
});

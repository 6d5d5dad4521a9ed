/** The router's handler in this process, with the emulator's DynamoDB, SQS, SNS and Secrets Manager, stand-ins for the channels, and a clock that can be put on. */
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Environment, Settings } from '../../lambda/alert-router/environment';
import { type Envelope, WAKE } from '../../lambda/alert-router/parse/message';
import { Store } from '../../lambda/alert-router/store';
import { ask, type Caller, query } from '../../lambda/aws';
import { type Channels, startChannels } from '../../lib/rehearsal/channels';
import { freePort } from '../../lib/rehearsal/ports';
import type { Running } from '../../lib/rehearsal/process';
import { startEmulator } from '../../lib/rehearsal/servers';
import { TOPICS } from './alerts';
import { foundTools } from './backend';

const ACCOUNT = '111111111111';
const REGION = 'eu-west-1';
const ROUTES = { critical: ['pagerDuty', 'slack'], warning: ['slack'], info: ['slack'] } as const;

export interface RouterUnderTest {
  readonly channels: Channels;
  readonly store: Store;
  /** Fills the secret. */
  fill(secret: object): Promise<void>;
  /** Hands messages to the handler, as SNS does. */
  take(...messages: readonly Envelope[]): Promise<void>;
  /** Puts the clock on, and lets it tick. */
  pass(ms: number): Promise<void>;
  stop(): Promise<void>;
}

const SECRET = 'holdfast/test/alert-channels';

/** Each call is another function with another table; the emulator is the caller's. */
export async function startRouter(endpoint: string, more: Partial<Settings> = {}): Promise<RouterUnderTest> {
  const channels = await startChannels();
  const caller: Caller = {
    region: REGION,
    endpoint,
    credentials: () => ({ accessKeyId: ACCOUNT, secretAccessKey: 'rehearsal' }),
  };
  const name = `router-${Math.random().toString(36).slice(2)}`;
  await ask(caller, 'dynamodb', 'CreateTable', {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['kind', 'id'].map((each) => ({ AttributeName: each, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'kind', KeyType: 'HASH' },
      { AttributeName: 'id', KeyType: 'RANGE' },
    ],
  });
  const topic = await query(caller, 'sns', { Action: 'CreateTopic', Version: '2010-03-31', Name: name });
  const secretId = `${SECRET}-${name}`;
  await ask(caller, 'secretsmanager', 'CreateSecret', { Name: secretId, SecretString: '{}' });
  const settings: Settings = {
    environment: 'shop',
    topics: TOPICS,
    routes: ROUTES,
    slackChannel: '#alerts',
    lingerMs: 0,
    ...more,
  };
  Object.assign(process.env, {
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: 'rehearsal',
    TABLE_NAME: name,
    SECRET_ID: secretId,
    NOTICES_TOPIC_ARN: /<TopicArn>([^<]+)/.exec(topic)?.[1] ?? '',
    SETTINGS: JSON.stringify(settings),
  } satisfies Environment & Record<string, string>);
  let handler: typeof import('../../lambda/alert-router/index').handler | undefined;
  jest.isolateModules(() => {
    handler = require('../../lambda/alert-router/index').handler;
  });
  const real = Date.now;
  let ahead = 0;
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => real() + ahead);
  let calls = 0;
  const call = (input: unknown) => handler?.(input as never, { awsRequestId: `call-${calls++}` });
  return {
    channels,
    store: new Store(caller, name),
    fill: async (secret) => {
      await ask(caller, 'secretsmanager', 'PutSecretValue', {
        SecretId: secretId,
        SecretString: JSON.stringify(secret),
      });
    },
    take: async (...messages) => call({ Records: messages.map((Sns) => ({ Sns })) }),
    pass: async (ms) => {
      ahead += ms;
      await call(WAKE);
    },
    stop: async () => {
      clock.mockRestore();
      await channels.stop();
    },
  };
}

export const opening = ({ url }: Channels) => ({
  slackToken: 'token-of-a-test',
  slackUrl: `${url}/api`,
  pagerDutyRoutingKey: 'key-of-a-test',
  pagerDutyUrl: url,
});

/** For all routers of a test file. @param folder is emptied */
export async function startAws(folder: string): Promise<Running & { readonly endpoint: string }> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const logFile = `${folder}/emulator.log`;
  const running = await startEmulator(await foundTools(), {
    port,
    logFile,
    temporary: resolve(folder),
    account: ACCOUNT,
  });
  return { ...running, endpoint: `http://127.0.0.1:${port}` };
}

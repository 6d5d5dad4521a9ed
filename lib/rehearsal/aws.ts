/** The emulated account: its clients, the CDK CLI pointed at it, and what the stacks put out. Reaches no real account. */
import { readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  StartInstanceRefreshCommand,
} from '@aws-sdk/client-auto-scaling';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ask } from '../../lambda/aws';
import { run } from './process';

/** The emulated account of an environment that names none. */
export const ACCOUNT = '000000000000';
const LIMIT_MS = 600_000;

export interface Cloud {
  readonly endpoint: string;
  /** 12 digits. The emulator takes an access key of 12 digits for the account. */
  readonly account: string;
  /** For the CLI, its cache of accounts and its temporary files. */
  readonly home: string;
}

const SECRET = 'rehearsal';

/** Where a process finds the emulated account, and as whom. */
export const accountEnv = ({ endpoint, account }: Cloud, region: string) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: account,
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_REGION: region,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
});

/** Environment of a program that is given nothing else. */
export const cloudEnv = (cloud: Cloud, region: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: cloud.home,
  TMPDIR: cloud.home,
  ...accountEnv(cloud, region),
  CDK_DISABLE_CLI_TELEMETRY: 'true',
  CI: 'true',
  NO_COLOR: '1',
});

export interface CdkRun {
  readonly code: number;
  readonly output: string;
}

/** Runs the real CDK CLI; resolves with its exit code, also when it failed or took longer than its limit. */
export async function cdk(
  cloud: Cloud,
  region: string,
  args: readonly string[],
  logFile: string,
  signal?: AbortSignal,
): Promise<CdkRun> {
  rmSync(logFile, { force: true });
  const command = [process.execPath, 'node_modules/aws-cdk/bin/cdk', ...args] as const;
  const env = cloudEnv(cloud, region);
  const code = await run(
    { name: 'CDK CLI', command: command[0], args: command.slice(1), env, logFile, signal },
    LIMIT_MS,
  );
  return { code, output: readFileSync(logFile, 'utf8') };
}

/** Settings of an SDK client of the emulated account. */
export const client = ({ endpoint, account }: Cloud, region: string) => ({
  endpoint,
  region,
  credentials: { accessKeyId: account, secretAccessKey: SECRET },
});

/** Outputs of a stack by key. */
export async function outputs(
  cloud: Cloud,
  region: string,
  StackName: string,
): Promise<Readonly<Record<string, string>>> {
  const { Stacks = [] } = await new CloudFormationClient(client(cloud, region)).send(
    new DescribeStacksCommand({ StackName }),
  );
  return Object.fromEntries(
    (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
}

const s3 = (cloud: Cloud, region: string) => new S3Client({ ...client(cloud, region), forcePathStyle: true });

export async function object(cloud: Cloud, region: string, Bucket: string, Key: string): Promise<Uint8Array> {
  const { Body } = await s3(cloud, region).send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}

export async function keys(cloud: Cloud, region: string, Bucket: string, Prefix: string): Promise<readonly string[]> {
  const { Contents = [] } = await s3(cloud, region).send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

export async function putObject(
  cloud: Cloud,
  region: string,
  Bucket: string,
  Key: string,
  Body: string | Uint8Array,
): Promise<void> {
  await s3(cloud, region).send(new PutObjectCommand({ Bucket, Key, Body, CacheControl: 'no-store' }));
}

/** Fills a secret of the account, as somebody does after a deployment. */
export async function putSecret(
  { endpoint, account }: Cloud,
  region: string,
  id: string,
  value: object,
): Promise<void> {
  const credentials = () => ({ accessKeyId: account, secretAccessKey: SECRET });
  const input = { SecretId: id, SecretString: JSON.stringify(value) };
  await ask({ endpoint, region, credentials }, 'secretsmanager', 'PutSecretValue', input);
}

const groupsOf = async (scaling: AutoScalingClient) =>
  (await scaling.send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups ?? [];

/** Whether every group has the servers that it wants and replaces none, and the balancers have targets and find every one healthy. */
export async function healthy(cloud: Cloud, region: string): Promise<boolean> {
  const scaling = new AutoScalingClient(client(cloud, region));
  for (const { AutoScalingGroupName, DesiredCapacity, Instances = [] } of await groupsOf(scaling)) {
    const serving = Instances.filter(({ LifecycleState }) => LifecycleState === 'InService').length;
    if (Instances.length !== DesiredCapacity || serving !== DesiredCapacity) return false;
    const asked = new DescribeInstanceRefreshesCommand({ AutoScalingGroupName });
    const { InstanceRefreshes = [] } = await scaling.send(asked);
    if (InstanceRefreshes.some(({ Status }) => Status === 'Pending' || Status === 'InProgress')) return false;
  }
  const elb = new ElasticLoadBalancingV2Client(client(cloud, region));
  const { TargetGroups = [] } = await elb.send(new DescribeTargetGroupsCommand({}));
  const servers = TargetGroups.filter(({ TargetType }) => TargetType !== 'lambda'); // a function's health isn't asked for
  const found = await Promise.all(
    servers.map(({ TargetGroupArn }) => elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }))),
  );
  const targets = found.flatMap(({ TargetHealthDescriptions = [] }) => TargetHealthDescriptions);
  return targets.length > 0 && targets.every(({ TargetHealth }) => TargetHealth?.State === 'healthy');
}

/** What a name of a hosted zone leads to now, by its records and what health checks found; '' when no zone has it. */
export async function leadsTo({ endpoint }: Pick<Cloud, 'endpoint'>, name: string): Promise<string> {
  const response = await fetch(`${endpoint}/_holdfast/names/${name}`);
  return ((await response.json()) as { readonly leadsTo: string }).leadsTo;
}

/** Has all groups replace their servers at once. */
export async function renew(cloud: Cloud, region: string): Promise<void> {
  const scaling = new AutoScalingClient(client(cloud, region));
  for (const { AutoScalingGroupName } of await groupsOf(scaling))
    await scaling.send(
      new StartInstanceRefreshCommand({ AutoScalingGroupName, Preferences: { MinHealthyPercentage: 0 } }),
    );
}

/** Where the CLI writes and reads the assembly of an environment. */
export const assemblyFolder = (state: string) => resolve(state, 'cdk.out');

/** What an emulated account holds, asked through its own APIs: a stack's status, and what a destroyed environment left there. */
import { CloudFormationClient, DescribeStacksCommand, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudFrontClient, ListDistributionsCommand } from '@aws-sdk/client-cloudfront';
import { CloudWatchLogsClient, DescribeLogGroupsCommand, type LogGroup } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeAddressesCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type Cloud, client } from '../../lib/rehearsal/aws';

/** In the name of all that `cdk bootstrap` makes. */
const BOOTSTRAP = /hnb659fds|CDKToolkit/;

export async function stackStatus(cloud: Cloud, region: string, StackName: string): Promise<string | undefined> {
  const { Stacks } = await new CloudFormationClient(client(cloud, region)).send(
    new DescribeStacksCommand({ StackName }),
  );
  return Stacks?.[0]?.StackStatus;
}

export async function logGroups(cloud: Cloud, region: string): Promise<readonly LogGroup[]> {
  return (await new CloudWatchLogsClient(client(cloud, region)).send(new DescribeLogGroupsCommand())).logGroups ?? [];
}

export async function parameters(cloud: Cloud, region: string): Promise<readonly string[]> {
  const { Parameters = [] } = await new SSMClient(client(cloud, region)).send(new DescribeParametersCommand({}));
  return Parameters.map(({ Name = '' }) => Name);
}

interface Recorded {
  readonly reason: string;
  /** 'stack/logical id' */
  readonly resources: readonly string[];
}

/** What the emulator accepted without doing anything, by resource type. */
export async function recordedOnly({ endpoint }: Cloud): Promise<readonly (readonly [string, Recorded])[]> {
  const response = await fetch(`${endpoint}/_holdfast/report`);
  return Object.entries((await response.json()) as Record<string, Recorded>).sort();
}

/** 'kind name' of all there is in a region beside the bootstrap's; the global kinds too. */
export async function contents(cloud: Cloud, region: string): Promise<readonly string[]> {
  const here = client(cloud, region);
  const ec2 = new EC2Client(here);
  const [stacks, buckets, groups, names, functions, networks, addresses, balancers, distributions] = await Promise.all([
    new CloudFormationClient(here).send(new ListStacksCommand({})),
    new S3Client({ ...here, forcePathStyle: true }).send(new ListBucketsCommand({})),
    logGroups(cloud, region),
    parameters(cloud, region),
    new LambdaClient(here).send(new ListFunctionsCommand({})),
    ec2.send(new DescribeVpcsCommand({})),
    ec2.send(new DescribeAddressesCommand({})),
    new ElasticLoadBalancingV2Client(here).send(new DescribeLoadBalancersCommand({})),
    new CloudFrontClient(here).send(new ListDistributionsCommand({})),
  ]);
  const found: Readonly<Record<string, readonly (string | undefined)[]>> = {
    stack: (stacks.StackSummaries ?? [])
      .filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE')
      .map(({ StackName }) => StackName),
    bucket: (buckets.Buckets ?? []).map(({ Name }) => Name),
    'log group': groups.map(
      ({ logGroupName, retentionInDays }) => `${logGroupName}${retentionInDays ? ' forgets' : ''}`,
    ),
    parameter: names,
    function: (functions.Functions ?? []).map(({ FunctionName }) => FunctionName),
    network: (networks.Vpcs ?? []).filter(({ IsDefault }) => !IsDefault).map(({ VpcId }) => VpcId),
    address: (addresses.Addresses ?? []).map(({ PublicIp }) => PublicIp),
    balancer: (balancers.LoadBalancers ?? []).map(({ LoadBalancerName }) => LoadBalancerName),
    distribution: (distributions.DistributionList?.Items ?? []).map(({ Id }) => Id),
  };
  return Object.entries(found)
    .flatMap(([kind, each]) => each.map((name) => `${kind} ${name}`))
    .filter((name) => !BOOTSTRAP.test(name));
}

/** What a function answers, told some variables besides its own first. */
export async function invoke(
  cloud: Cloud,
  region: string,
  FunctionName: string,
  variables?: Readonly<Record<string, string>>,
): Promise<unknown> {
  const lambda = new LambdaClient(client(cloud, region));
  if (variables) {
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const all = { Variables: { ...Environment?.Variables, ...variables } };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: all }));
  }
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

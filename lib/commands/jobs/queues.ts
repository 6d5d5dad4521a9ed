/** The deployed queue of an environment and its dead letters, by the outputs of its stack, and how many messages they hold. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ConfigError } from '../../config/config-error';
import type { Environment } from '../../config/environment';

export interface Queues {
  readonly sqs: SQSClient;
  readonly jobs: string;
  readonly dead: string;
}

const TIMEOUTS = { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/** Throws a ConfigError that says what to look at where there are none, or nobody may look. */
export async function queuesOf({ name, region }: Environment): Promise<Queues> {
  const settings = { region, maxAttempts: 2, requestHandler: TIMEOUTS };
  const stack = `Holdfast-${name}-Data`;
  const described = await new CloudFormationClient(settings)
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch((error: Error) => {
      throw new ConfigError(
        `${stack}: expected it to be deployed in ${region}, got ${error.name}: ${error.message}; check AWS_PROFILE, and that ${name} is deployed`,
      );
    });
  const output = (key: string) =>
    described.Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
  const [jobs, dead] = [output('JobQueueUrl'), output('DeadLetterQueueUrl')];
  if (!jobs || !dead)
    throw new ConfigError(
      `${stack}: expected outputs JobQueueUrl and DeadLetterQueueUrl, got none; deploy ${name} again`,
    );
  return { sqs: new SQSClient({ ...settings, useQueueUrlAsEndpoint: false }), jobs, dead };
}

/** As SQS counts them: not exact, a moment old. */
export async function counts({ sqs, jobs, dead }: Queues) {
  const attributes = async (QueueUrl: string) => {
    const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
    );
    const [waiting, underWay] = AttributeNames.map((name) => Number(Attributes[name] ?? 0)) as [number, number];
    return { waiting, underWay };
  };
  const [live, gone] = await Promise.all([attributes(jobs), attributes(dead)]);
  return { ...live, dead: gone.waiting + gone.underWay };
}

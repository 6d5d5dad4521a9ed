/** The deployed queue of an environment and its dead letters, by the outputs of its stack, and how many messages they hold. */
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Environment } from '../../config/environment';
import { outputsOf, PATIENCE } from '../outputs';

export interface Queues {
  readonly sqs: SQSClient;
  readonly jobs: string;
  readonly dead: string;
}

/** Throws a ConfigError that says what to look at where there are none, or nobody may look. */
export async function queuesOf({ name, region }: Environment): Promise<Queues> {
  const keys = ['JobQueueUrl', 'DeadLetterQueueUrl'] as const;
  const { JobQueueUrl: jobs, DeadLetterQueueUrl: dead } = await outputsOf(`Holdfast-${name}-Data`, region, keys);
  return { sqs: new SQSClient({ region, ...PATIENCE, useQueueUrlAsEndpoint: false }), jobs, dead };
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

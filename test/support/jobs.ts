/** A queue with dead letters in the emulator's SQS, as the Data stack makes them, and what is asked of it. Deploys nothing. */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { ACCOUNT, accountEnv, type Cloud, client } from '../../lib/rehearsal/aws';

const REGION = 'eu-west-1';

export interface Jobs {
  readonly queueUrl: string;
  readonly sqs: SQSClient;
  /** For a process that uses the queue. */
  readonly env: Readonly<Record<string, string>>;
  send(body: unknown): Promise<void>;
  /** Ten at a time. */
  sendAll(bodies: readonly unknown[]): Promise<void>;
  /** Messages that wait, are under way, or are dead. */
  counts(): Promise<{ readonly waiting: number; readonly underWay: number; readonly dead: number }>;
}

/** @param tries before a message counts as dead. @default as deployed */
export async function startJobs(endpoint: string, home: string, tries = 5): Promise<Jobs> {
  const cloud: Cloud = { endpoint, account: ACCOUNT, home };
  const sqs = new SQSClient(client(cloud, REGION));
  const make = async (name: string, Attributes: Record<string, string> = {}) =>
    (await sqs.send(new CreateQueueCommand({ QueueName: `${name}-${Date.now()}`, Attributes }))).QueueUrl ?? '';
  const attributes = async (QueueUrl: string) =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes ?? {};
  const deadUrl = await make('dead');
  const { QueueArn } = await attributes(deadUrl);
  const queueUrl = await make('jobs', {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: QueueArn, maxReceiveCount: tries }),
  });
  return {
    queueUrl,
    sqs,
    env: { ...accountEnv(cloud, REGION), QUEUE_URL: queueUrl },
    async send(body) {
      const MessageBody = typeof body === 'string' ? body : JSON.stringify(body);
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
    },
    async sendAll(bodies) {
      for (let from = 0; from < bodies.length; from += 10) {
        const Entries = bodies
          .slice(from, from + 10)
          .map((body, index) => ({ Id: `${index}`, MessageBody: JSON.stringify(body) }));
        await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      }
    },
    async counts() {
      const [jobs, dead] = await Promise.all([attributes(queueUrl), attributes(deadUrl)]);
      return {
        waiting: Number(jobs.ApproximateNumberOfMessages),
        underWay: Number(jobs.ApproximateNumberOfMessagesNotVisible),
        dead: Number(dead.ApproximateNumberOfMessages),
      };
    },
  };
}

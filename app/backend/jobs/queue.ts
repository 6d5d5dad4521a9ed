/** Sends jobs to SQS, ten at a time. Keeps none: who calls it still has them until they were accepted. */
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Job } from './job';

/** SQS takes no more in one request. */
export const BATCH = 10;
const TIMEOUTS = { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true };

/** Resolves with the ids that SQS accepted. Rejects when it doesn't answer; what was sent may then be there or not. */
export type Send = (jobs: readonly Job[]) => Promise<readonly string[]>;

export function sendTo(queueUrl: string): Send {
  const sqs = new SQSClient({ maxAttempts: 1, useQueueUrlAsEndpoint: false, requestHandler: TIMEOUTS });
  return async (jobs) => {
    const Entries = jobs.map((job) => ({ Id: job.id, MessageBody: JSON.stringify(job) }));
    const { Successful = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    return Successful.map(({ Id = '' }) => Id);
  };
}

/** Brings messages that were put aside back to the queue, one by one: each is there again before it goes from here. */
import { ask } from '../../../lambda/alert-router/aws';
import type { Deployed } from './deployed';

interface Received {
  readonly Messages?: readonly { readonly MessageId: string; readonly Body: string; readonly ReceiptHandle: string }[];
}

/** How many were brought back. */
export async function replay({ caller, queue, deadLetters }: Deployed): Promise<number> {
  for (let count = 0; ; ) {
    const { Messages = [] } = await ask<Received>(caller, 'sqs', 'ReceiveMessage', {
      QueueUrl: deadLetters,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 1,
    });
    if (Messages.length === 0) return count;
    for (const { Body, ReceiptHandle } of Messages) {
      await ask(caller, 'sqs', 'SendMessage', { QueueUrl: queue, MessageBody: Body });
      await ask(caller, 'sqs', 'DeleteMessage', { QueueUrl: deadLetters, ReceiptHandle });
      count++;
    }
  }
}

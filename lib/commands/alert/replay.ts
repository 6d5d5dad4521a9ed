/** Hands messages that were put aside to the router again, one by one: each goes from here when it has been handed over. */
import { ask, invoke } from '../../../lambda/aws';
import type { Deployed } from './deployed';

interface Received {
  readonly Messages?: readonly { readonly Body: string; readonly ReceiptHandle: string }[];
}

/** The function's input, which Lambda puts aside as it was; SNS puts aside the message alone. */
function inputOf(body: string): unknown {
  try {
    const aside = JSON.parse(body);
    return aside.Records || typeof aside === 'string' ? aside : { Records: [{ Sns: aside }] };
  } catch {
    return { Records: [{ Sns: { TopicArn: '', MessageId: body.slice(0, 100), Message: body } }] };
  }
}

/** How many were handed over. */
export async function replay({ caller, router, deadLetters }: Deployed): Promise<number> {
  for (let count = 0; ; ) {
    const { Messages = [] } = await ask<Received>(caller, 'sqs', 'ReceiveMessage', {
      QueueUrl: deadLetters,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 1,
    });
    if (Messages.length === 0) return count;
    for (const { Body, ReceiptHandle } of Messages) {
      await invoke(caller, router, inputOf(Body));
      await ask(caller, 'sqs', 'DeleteMessage', { QueueUrl: deadLetters, ReceiptHandle });
      count++;
    }
  }
}

/** Reads dead letters and sends them back. None is lost: each is in the queue before it leaves the dead ones, and may be sent twice. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import type { Queues } from './queues';

export interface DeadLetter {
  /** '-' where the message can't be read. */
  readonly id: string;
  /** '?' where the message can't be read. */
  readonly kind: string;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  readonly body: string;
  readonly receipt: string;
}

const BATCH = 10;
/** While they are looked at nobody else gets them. */
const HIDDEN_S = 300;
/** Above this a dead letter isn't looked at; the next call sees it. */
const MOST = 10_000;

const batches = <T>(all: readonly T[]) =>
  Array.from({ length: Math.ceil(all.length / BATCH) }, (_, index) => all.slice(index * BATCH, (index + 1) * BATCH));

function told(body: string): Pick<DeadLetter, 'id' | 'kind' | 'requestId'> {
  try {
    const { id, kind, requestId } = JSON.parse(body);
    return { id: String(id ?? '-'), kind: String(kind ?? '?'), requestId: String(requestId ?? '') };
  } catch {
    return { id: '-', kind: '?', requestId: '' };
  }
}

async function receive({ sqs, dead }: Queues): Promise<readonly DeadLetter[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: dead,
      MaxNumberOfMessages: BATCH,
      WaitTimeSeconds: 1, // a short look asks some of SQS's servers only
      VisibilityTimeout: HIDDEN_S,
      MessageSystemAttributeNames: ['SentTimestamp'],
    }),
  );
  return Messages.map(({ Body = '', ReceiptHandle = '', Attributes = {} }) => ({
    ...told(Body),
    sentAt: Number(Attributes.SentTimestamp ?? Date.now()),
    body: Body,
    receipt: ReceiptHandle,
  }));
}

/** Oldest first. `use` says of each letter whether it stays: what it keeps is visible to others again. */
export async function deadLetters<T>(
  queues: Queues,
  use: (found: readonly DeadLetter[], keep: (letters: readonly DeadLetter[]) => Promise<void>) => Promise<T>,
): Promise<T> {
  const found: DeadLetter[] = [];
  for (let more = await receive(queues); more.length > 0 && found.length < MOST; more = await receive(queues))
    found.push(...more);
  const keep = async (letters: readonly DeadLetter[]) => {
    for (const batch of batches(letters)) {
      const Entries = batch.map(({ receipt }, index) => ({
        Id: `${index}`,
        ReceiptHandle: receipt,
        VisibilityTimeout: 0,
      }));
      await queues.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queues.dead, Entries }));
    }
  };
  return use(
    found.sort((a, b) => a.sentAt - b.sentAt),
    keep,
  );
}

/** Throws when SQS takes one of them not: that one stays a dead letter, and those after it. */
export async function replay({ sqs, jobs, dead }: Queues, letters: readonly DeadLetter[]): Promise<void> {
  for (const batch of batches(letters)) {
    const { Successful = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: jobs,
        Entries: batch.map(({ body }, index) => ({ Id: `${index}`, MessageBody: body })),
      }),
    );
    const sent = batch.filter((_, index) => Successful.some(({ Id }) => Id === `${index}`));
    if (sent.length > 0)
      await sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl: dead,
          Entries: sent.map(({ receipt }, index) => ({ Id: `${index}`, ReceiptHandle: receipt })),
        }),
      );
    if (sent.length < batch.length)
      throw new Error(`queue: expected it to take ${batch.length} messages, got ${sent.length} accepted`);
  }
}

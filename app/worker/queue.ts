/** The SQS queue as a worker uses it: takes messages, hides them for longer, gives them back, deletes them. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

export interface Message {
  readonly body: string;
  /** Of this delivery: who has it may delete the message. */
  readonly receipt: string;
  /** Which try this is, from 1. */
  readonly tries: number;
  /** When it was sent; milliseconds since 1970. */
  readonly sentAt: number;
}

/** SQS hands out no more at once. */
const MOST = 10;
const MARGIN_MS = 3000;

export interface QueueOptions {
  readonly queueUrl: string;
  /** So long a message is hidden from others. */
  readonly visibilitySeconds: number;
  /** So long SQS waits for a message. A worker that is told to leave waits it out: a request it left could still be given messages. */
  readonly waitSeconds: number;
}

export class Queue {
  readonly #options: QueueOptions;
  readonly #sqs: SQSClient;

  constructor(options: QueueOptions) {
    this.#options = options;
    const requestTimeout = options.waitSeconds * 1000 + MARGIN_MS;
    this.#sqs = new SQSClient({
      maxAttempts: 2,
      useQueueUrlAsEndpoint: false,
      requestHandler: { connectionTimeout: MARGIN_MS, requestTimeout, throwOnRequestTimeout: true },
    });
  }

  /** Up to so many, as soon as there is one; none after a few seconds. */
  async receive(most: number): Promise<readonly Message[]> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#options.queueUrl,
        MaxNumberOfMessages: Math.min(MOST, most),
        WaitTimeSeconds: this.#options.waitSeconds,
        VisibilityTimeout: this.#options.visibilitySeconds,
        MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
      }),
    );
    return Messages.map(({ Body = '', ReceiptHandle = '', Attributes = {} }) => ({
      body: Body,
      receipt: ReceiptHandle,
      tries: Number(Attributes.ApproximateReceiveCount ?? 1),
      sentAt: Number(Attributes.SentTimestamp ?? Date.now()),
    }));
  }

  /** Nobody else gets it for so long; 0 gives it back. @default as when it was taken */
  async hide({ receipt }: Message, seconds = this.#options.visibilitySeconds): Promise<void> {
    await this.#sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.#options.queueUrl,
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      }),
    );
  }

  async delete({ receipt }: Message): Promise<void> {
    await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#options.queueUrl, ReceiptHandle: receipt }));
  }
}

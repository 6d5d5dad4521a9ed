/** Alerts from the queue to the channels: takes in what the messages say, then tells each channel what it doesn't know yet. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { ask, ownCaller } from './aws';
import type { Environment, Settings } from './environment';
import { countLine } from './metrics';
import { observed, WAKE } from './parse/message';
import { each, Store } from './store';
import { type Props, tellOnce } from './tell';

const env = process.env as Environment;
const caller = ownCaller();
const store = new Store(caller, env.TABLE_NAME);
const settings = JSON.parse(env.SETTINGS) as Settings;
const props: Props = {
  caller,
  store,
  settings,
  secretId: env.SECRET_ID,
  noticesTopicArn: env.NOTICES_TOPIC_ARN,
  count: (metric, channel, reason) => console.log(countLine(settings.environment, metric, channel, Date.now(), reason)),
};

/** Of the queue. */
const LONGEST_DELAY_S = 900;
/** A turn begins no look later than this, and no other takes it before it must have ended. */
const TURN_MS = 25_000;
const LEASE_MS = 60_000;

/** Has the queue call again at that time, unless it will sooner. */
async function wake(at: number): Promise<void> {
  const now = Date.now();
  const seconds = Math.min(LONGEST_DELAY_S, Math.max(1, Math.ceil((at - now) / 1000)));
  if (!(await store.planWaking(now + seconds * 1000, now))) return;
  const message = { QueueUrl: env.QUEUE_URL, MessageBody: WAKE, DelaySeconds: seconds };
  await ask(caller, 'sqs', 'SendMessage', message);
}

/** Tells until nothing is left to tell now. Who finds another one telling leaves word, and that one looks again. */
async function tell(who: string): Promise<void> {
  const begin = Date.now();
  let seen = await store.askForTurn();
  if (!(await store.takeTurn(who, begin, begin + LEASE_MS))) return wake(begin + LEASE_MS); // should the other one crash
  for (;;) {
    const { wakeAt, turned } = await tellOnce(props);
    const late = Date.now() - begin > TURN_MS;
    if (wakeAt || (late && turned)) await wake(wakeAt ?? Date.now());
    if (turned && !late) continue;
    if (await store.giveUpTurn(who, seen)) return;
    seen = await store.asked();
    if (late) {
      await wake(Date.now()); // the next one goes on
      await store.giveUpTurn(who, seen);
      return;
    }
  }
}

/** Says which messages were not taken in: the queue brings those again, and after some times puts them aside. */
export async function handler(
  { Records }: SQSEvent,
  { awsRequestId }: { readonly awsRequestId: string },
): Promise<SQSBatchResponse> {
  const now = Date.now();
  const batchItemFailures: { itemIdentifier: string }[] = [];
  const found = Records.flatMap(({ body, messageId }) => {
    const observation = observed(body, messageId, settings.topics, now);
    return observation ? [{ observation, messageId }] : [];
  }).sort((a, b) => a.observation.at - b.observation.at);
  await each(found, async ({ observation, messageId }) => {
    try {
      await store.takeIn(observation);
    } catch (error) {
      console.error(`${observation.key}: not taken in:`, (error as Error).message);
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  });
  await tell(awsRequestId);
  return { batchItemFailures };
}

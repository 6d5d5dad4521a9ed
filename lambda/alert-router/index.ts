/** Alerts from topics to channels: takes in what the messages say, then tells each channel what it doesn't know yet. */
import { setTimeout as wait } from 'node:timers/promises';
import { emf } from '../emf';
import { ownCaller } from './aws';
import type { Environment, Settings } from './environment';
import { type Envelope, observed, type WAKE } from './parse/message';
import { each, Store } from './store';
import { type Props, tellOnce } from './tell';

/** Messages of topics, or the clock. */
type Input = typeof WAKE | { readonly Records: readonly { readonly Sns: Envelope }[] };

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
  // console.log puts words before it, in which CloudWatch would find no metric
  failed: (channel, reason) => {
    const of = { Environment: settings.environment };
    const fields = { ChannelFailures: 1, channel, reason };
    process.stdout.write(`${emf('Holdfast/Alerts', of, { ChannelFailures: 'Count' }, fields, Date.now())}\n`);
  },
};

const LINGER_MS = settings.lingerMs ?? 30_000;
/** Nobody else tells before: the longest look that may begin at the end of the lingering has ended then. */
const LEASE_MS = LINGER_MS + 50_000;
const LISTEN_MS = 1000;

/** Waits for that time, or for a word from another call; the last word that was left. */
async function until(at: number, seen: number): Promise<number> {
  for (;;) {
    const asked = await store.asked();
    if (asked !== seen || Date.now() >= at) return asked;
    await wait(Math.max(1, Math.min(LISTEN_MS, at - Date.now())));
  }
}

/** Tells until nothing is left to tell soon. Who finds another one telling leaves word, and that one looks again; the clock sees to the rest. */
async function tell(who: string): Promise<void> {
  const begin = Date.now();
  const end = begin + LINGER_MS;
  let seen = await store.askForTurn();
  if (!(await store.takeTurn(who, begin, begin + LEASE_MS))) return;
  for (;;) {
    const { wakeAt, turned } = await tellOnce(props);
    if (wakeAt && wakeAt < end) seen = await until(wakeAt, seen);
    else if (!turned && (await store.giveUpTurn(who, seen))) return;
    else seen = await store.asked();
    if (Date.now() > end && !turned) return store.dropTurn(who);
  }
}

/** Throws when a message could not be taken in: Lambda brings it again, twice, then puts it aside. */
export async function handler(input: Input, { awsRequestId }: { readonly awsRequestId: string }): Promise<void> {
  const now = Date.now();
  const records = typeof input === 'string' ? [] : input.Records;
  await each(records, async ({ Sns }) => {
    const observation = observed(Sns, settings.topics, now);
    if (observation) await store.takeIn(observation);
  });
  await tell(awsRequestId);
}

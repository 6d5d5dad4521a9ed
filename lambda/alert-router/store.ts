/** The state in one DynamoDB table: incidents with what each channel was told, each channel's health, and who may tell now. Decides nothing. */
import { AwsError, ask, type Caller } from '../aws';
import type { Health } from './decide';
import type { ChannelName } from './environment';
import { type Incident, type Known, type Observation, observe, type Told, type Tolds } from './incident';

type Value = { readonly S: string } | { readonly N: string };
type Item = Readonly<Record<string, Value | undefined>>;

/** What is over is kept for so long: an old message about it may still come, and a channel may be down. */
const KEPT_S = 7 * 86_400;
const RACES = 10;
const AT_ONCE = 25;

const text = (value: Value | undefined) => (value && 'S' in value ? value.S : undefined);
const number = (value: Value | undefined) => (value && 'N' in value ? Number(value.N) : undefined);
const json = <T>(value: Value | undefined): T | undefined => {
  const found = text(value);
  return found === undefined ? undefined : (JSON.parse(found) as T);
};
const S = (value: unknown): Value => ({ S: typeof value === 'string' ? value : JSON.stringify(value) });
const N = (value: number): Value => ({ N: `${value}` });
const isLost = (error: unknown) => error instanceof AwsError && error.code === 'ConditionalCheckFailedException';

/** Runs `work` on every item, some at once. */
export async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
}

export class Store {
  constructor(
    private readonly caller: Caller,
    private readonly table: string,
  ) {}

  #ask<T>(operation: string, input: object): Promise<T> {
    return ask<T>(this.caller, 'dynamodb', operation, { TableName: this.table, ...input });
  }

  /** Changes the incident as `observe` says. Another invocation may do so at the same time: the one that lost looks again. */
  async takeIn(seen: Observation): Promise<void> {
    const Key = { kind: S('incident'), id: S(seen.key) };
    for (let races = 0; races < RACES; races++) {
      const { Item = {} } = await this.#ask<{ Item?: Item }>('GetItem', { Key, ConsistentRead: true });
      const before = text(Item.incident);
      const next = observe(json<Incident>(Item.incident), seen);
      if (!next) return;
      const stays = next.state === 'firing';
      try {
        await this.#ask('UpdateItem', {
          Key,
          UpdateExpression: stays ? 'SET incident = :next REMOVE expires' : 'SET incident = :next, expires = :expires',
          ConditionExpression: before === undefined ? 'attribute_not_exists(incident)' : 'incident = :before',
          ExpressionAttributeValues: {
            ':next': S(next),
            ...(before !== undefined && { ':before': S(before) }),
            ...(!stays && { ':expires': N(Math.floor(Math.max(next.at, Date.now()) / 1000) + KEPT_S) }),
          },
        });
        return;
      } catch (error) {
        if (!isLost(error)) throw error;
      }
    }
    throw new Error(`${seen.key}: expected to be written within ${RACES} races, got none`);
  }

  async #all(kind: string): Promise<readonly Item[]> {
    const items: Item[] = [];
    let from: object | undefined;
    do {
      const page = await this.#ask<{ Items?: Item[]; LastEvaluatedKey?: object }>('Query', {
        KeyConditionExpression: 'kind = :kind',
        ExpressionAttributeValues: { ':kind': S(kind) },
        ConsistentRead: true,
        ...(from && { ExclusiveStartKey: from }),
      });
      items.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from);
    return items;
  }

  async incidents(): Promise<readonly Known[]> {
    return (await this.#all('incident')).flatMap((item) => {
      const incident = json<Incident>(item.incident);
      const told = Object.entries(item).filter(([name]) => name.startsWith('told_'));
      const tolds: Tolds = Object.fromEntries(told.map(([name, value]) => [name.slice(5), json<Told>(value)]));
      return incident ? [{ incident, told: tolds }] : [];
    });
  }

  async health(): Promise<Partial<Record<ChannelName, Health>>> {
    const items = await this.#all('channel');
    return Object.fromEntries(items.map((item) => [text(item.id) ?? '', json<Health>(item.health)]));
  }

  async keepTold(channel: ChannelName, tolds: readonly (readonly [key: string, told: Told])[]): Promise<void> {
    await each(tolds, async ([key, told]) => {
      await this.#ask('UpdateItem', {
        Key: { kind: S('incident'), id: S(key) },
        UpdateExpression: `SET told_${channel} = :told`,
        ExpressionAttributeValues: { ':told': S(told) },
      });
    });
  }

  async keepHealth(channel: ChannelName, health: Health): Promise<void> {
    await this.#ask('UpdateItem', {
      Key: { kind: S('channel'), id: S(channel) },
      UpdateExpression: 'SET health = :health',
      ExpressionAttributeValues: { ':health': S(health) },
    });
  }

  readonly #turn = { kind: S('turn'), id: S('turn') };

  /** Leaves word that there is something to look at; returns a number that grows with each word. */
  async askForTurn(): Promise<number> {
    const { Attributes = {} } = await this.#ask<{ Attributes?: Item }>('UpdateItem', {
      Key: this.#turn,
      UpdateExpression: 'ADD asked :one',
      ExpressionAttributeValues: { ':one': N(1) },
      ReturnValues: 'ALL_NEW',
    });
    return number(Attributes.asked) ?? 0;
  }

  /** Whether it is this one's turn to tell, until then. Who holds it sees every word that was left before it gives up. */
  async takeTurn(who: string, now: number, until: number): Promise<boolean> {
    try {
      await this.#ask('UpdateItem', {
        Key: this.#turn,
        UpdateExpression: 'SET holder = :who, heldUntil = :until',
        ConditionExpression: 'attribute_not_exists(holder) OR heldUntil < :now OR holder = :who',
        ExpressionAttributeValues: { ':who': S(who), ':until': N(until), ':now': N(now) },
      });
      return true;
    } catch (error) {
      if (isLost(error)) return false;
      throw error;
    }
  }

  /** Gives it up unless somebody left word after `seen`: then it returns false, and the holder looks again. */
  async giveUpTurn(who: string, seen: number): Promise<boolean> {
    try {
      await this.#ask('UpdateItem', {
        Key: this.#turn,
        UpdateExpression: 'REMOVE holder, heldUntil',
        ConditionExpression: 'holder = :who AND asked = :seen',
        ExpressionAttributeValues: { ':who': S(who), ':seen': N(seen) },
      });
      return true;
    } catch (error) {
      if (isLost(error)) return false;
      throw error;
    }
  }

  /** The word that was left last. */
  async asked(): Promise<number> {
    const { Item = {} } = await this.#ask<{ Item?: Item }>('GetItem', { Key: this.#turn, ConsistentRead: true });
    return number(Item.asked) ?? 0;
  }

  /** Gives it up whatever word was left: the next minute looks again. */
  async dropTurn(who: string): Promise<void> {
    await this.giveUpTurn(who, await this.asked());
  }
}

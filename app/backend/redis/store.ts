/** Redis for the rest of the application: commands on the primary, reads that fall back to a replica, writes that survive a failover. */
import type { ChainableCommander } from 'ioredis';
import { unavailable } from '../http/errors';
import { type Client, type Connection, connect, type Place } from './clients';

/** Longest wait until a replica has a write. Less than a command's deadline, or the answer would be lost with it. */
const REPLICA_MS = 200;
/** A replica that has just gone may have been promoted, and the primary doesn't know yet: what it alone holds would be lost. */
const JUST_GONE_MS = 10_000;

export interface StoreOptions {
  readonly primary: Place;
  /** Where reads go when the primary doesn't answer. @default nowhere */
  readonly reader?: Place;
  /** Whether `keep` waits until a replica has the write. */
  readonly waitForReplica: boolean;
  readonly onError: (error: Error) => void;
}

type Command<T> = (client: Client) => Promise<T>;

export class Store {
  readonly #primary: Connection;
  readonly #reader: Connection | undefined;
  /** WAIT holds up what comes behind it, so it has a connection of its own. */
  readonly #durable: Connection | undefined;
  #replicaSeen = Number.NEGATIVE_INFINITY;
  readonly #cluster: boolean;

  constructor({ primary, reader, waitForReplica, onError }: StoreOptions) {
    this.#primary = connect(primary, 'primary', onError);
    this.#reader = reader && connect(reader, 'replica', onError);
    this.#durable = waitForReplica ? connect(primary, 'primary', onError) : undefined;
    this.#durable?.client.on('ready', () => {
      this.#replicaSeen = Number.NEGATIVE_INFINITY; // it may be the new primary, which has no replica yet
    });
    this.#cluster = primary.mode === 'cluster';
  }

  /** For libraries that speak to Redis themselves. */
  get client(): Client {
    return this.#primary.client;
  }

  /** Every connection's. */
  get clients(): readonly Client[] {
    return [this.#primary, this.#reader, this.#durable].flatMap((connection) => connection?.client ?? []);
  }

  /** Whether the primary answers now: what can be done without it needn't try otherwise. */
  get answers(): boolean {
    return this.#primary.answers;
  }

  /** On the primary. Rejects with an Unavailable when it can't answer within 400 ms. */
  async run<T>(command: Command<T>): Promise<T> {
    try {
      return await command(this.#primary.client);
    } catch (error) {
      this.#primary.answers = false;
      throw unavailable('redis', error);
    }
  }

  /** `onPrimary`, and `onReader` when the primary can't answer: what it finds may be a moment old. */
  async read<T>(onPrimary: Command<T>, onReader: Command<T>): Promise<T> {
    const reader = this.#reader?.client;
    if (!reader) return this.run(onPrimary);
    const fromReader = () =>
      onReader(reader).catch((error) => {
        throw unavailable('redis', error);
      });
    if (this.answers) return this.run(onPrimary).catch(fromReader);
    return fromReader().catch(() => this.run(onPrimary));
  }

  /**
   * Writes what a failover must not lose: resolves when a replica has it. Where one has just gone it rejects for ten
   * seconds, in which a failover shows; later, and on a new connection, it resolves after 200 ms without one, since a
   * replica's outage must not be everybody's.
   */
  async keep(write: (commands: ChainableCommander) => ChainableCommander): Promise<void> {
    const { client } = this.#durable ?? this.#primary;
    const commands = write(client.pipeline());
    if (this.#durable) commands.call('WAIT', 1, REPLICA_MS);
    try {
      const answers = (await commands.exec()) ?? [];
      const failed = answers.find(([error]) => error);
      if (failed?.[0]) throw failed[0];
      if (!this.#durable || this.#cluster) return; // a cluster's nodes agree among themselves who leads
      if (answers.at(-1)?.[1]) this.#replicaSeen = performance.now();
      else if (performance.now() - this.#replicaSeen < JUST_GONE_MS) throw new Error('the replica has just gone');
    } catch (error) {
      throw unavailable('redis', error);
    }
  }

  async ping(): Promise<void> {
    await this.run((client) => client.ping());
  }

  close(): void {
    for (const connection of [this.#primary, this.#reader, this.#durable]) connection?.close();
  }
}

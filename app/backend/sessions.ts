/** Sessions in Redis that all servers share: `sess:ID`, 24 h rolling. An outage is an Unavailable, never "not logged in". */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { unavailable } from './errors';

/** Seconds a session lives after its last use. The guide: 24 h. */
export const SESSION_SECONDS = 86_400;

/** A command on a black-holed socket would otherwise wait for minutes. */
const COMMAND_MS = 400;
/** So many commands in a row without an answer, and the socket is given up. */
const GIVE_UP_AFTER = 3;
const RETRY_MS = { first: 50, most: 1000 };

/** Milliseconds to wait before the nth attempt: exponential, jittered, for ever. */
export const backoff = (attempt: number, random = Math.random): number =>
  Math.round(Math.min(RETRY_MS.first * 2 ** Math.min(attempt, 10), RETRY_MS.most) * (0.5 + random() / 2));

export interface Session {
  readonly userId: string;
}

const key = (id: string) => `sess:${id}`;

export class Sessions {
  readonly #primary: Redis;
  readonly #reader: Redis;
  #unanswered = 0;

  constructor(url: string, readerUrl: string, onError: (error: Error) => void) {
    const connect = (address: string) => {
      const client = new Redis(address, {
        retryStrategy: (attempt) => backoff(attempt),
        commandTimeout: COMMAND_MS,
        connectTimeout: 2000,
        enableOfflineQueue: false,
        maxRetriesPerRequest: 0,
        enableReadyCheck: true,
        reconnectOnError: (error) => error.message.startsWith('READONLY') || error.message.startsWith('LOADING'),
      });
      client.on('error', onError);
      return client;
    };
    this.#primary = connect(url);
    this.#reader = readerUrl === url ? this.#primary : connect(readerUrl);
  }

  async create(session: Session): Promise<string> {
    const id = randomBytes(32).toString('base64url');
    await this.#on(this.#primary, (client) => client.set(key(id), JSON.stringify(session), 'EX', SESSION_SECONDS));
    return id;
  }

  /** The session, its life prolonged; undefined when there is none. Falls back to the reader, which can't prolong it. */
  async read(id: string): Promise<Session | undefined> {
    const text = await this.#on(this.#primary, (client) => client.getex(key(id), 'EX', SESSION_SECONDS)).catch(
      (error) => {
        if (this.#reader === this.#primary) throw error;
        return this.#on(this.#reader, (client) => client.get(key(id)));
      },
    );
    return text ? (JSON.parse(text) as Session) : undefined;
  }

  async destroy(id: string): Promise<void> {
    await this.#on(this.#primary, (client) => client.del(key(id)));
  }

  async ping(): Promise<void> {
    await this.#on(this.#primary, (client) => client.ping());
  }

  close(): void {
    this.#primary.disconnect();
    this.#reader.disconnect();
  }

  async #on<T>(client: Redis, command: (client: Redis) => Promise<T>): Promise<T> {
    try {
      const answer = await command(client);
      this.#unanswered = 0;
      return answer;
    } catch (error) {
      if (client.status === 'ready' && ++this.#unanswered >= GIVE_UP_AFTER) {
        this.#unanswered = 0;
        client.disconnect(true); // true: and connect again
      }
      throw unavailable('sessions', error);
    }
  }
}

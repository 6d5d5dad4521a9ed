/** Sessions that all servers share: `sess:ID`, 24 h rolling. An outage is an Unavailable, never "not logged in". */
import { randomBytes } from 'node:crypto';
import type { User } from '../accounts/users';
import type { Store } from './store';

/** Seconds a session lives after its last use. The guide: 24 h. */
export const SESSION_SECONDS = 86_400;

const key = (id: string) => `sess:${id}`;

export class Sessions {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Its id, once a replica knows it too. */
  async create(user: User): Promise<string> {
    const id = randomBytes(32).toString('base64url');
    await this.#store.keep((commands) => commands.set(key(id), JSON.stringify(user), 'EX', SESSION_SECONDS));
    return id;
  }

  /**
   * Whose it is, its life prolonged; undefined when there is none. A replica, asked in an outage, can't prolong it, and
   * what it lacks it may not have got yet: an Unavailable then.
   */
  async read(id: string): Promise<User | undefined> {
    const text = await this.#store.read(
      (primary) => primary.getex(key(id), 'EX', SESSION_SECONDS),
      async (replica) => (await replica.get(key(id))) ?? Promise.reject(new Error('the replica may be behind')),
    );
    return text ? (JSON.parse(text) as User) : undefined;
  }

  async destroy(id: string): Promise<void> {
    await this.#store.keep((commands) => commands.del(key(id)));
  }
}

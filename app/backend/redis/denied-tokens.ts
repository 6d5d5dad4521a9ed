/** Tokens that were revoked before their end, by `jti`. Each is forgotten when it would have ended anyway. */
import type { Store } from './store';

const key = (id: string) => `denied:${id}`;

export class DeniedTokens {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async deny(id: string, secondsLeft: number): Promise<void> {
    if (secondsLeft > 0) await this.#store.keep((commands) => commands.set(key(id), '1', 'EX', secondsLeft));
  }

  /** Rejects with an Unavailable when nobody can say: a token that may be revoked is not accepted. */
  async has(id: string): Promise<boolean> {
    const found = await this.#store.read(
      (primary) => primary.exists(key(id)),
      (replica) => replica.exists(key(id)),
    );
    return found === 1;
  }
}

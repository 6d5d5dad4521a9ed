/** Signed tokens (JWT) for clients without cookies: one algorithm, an end, and an id by which each can be revoked. */
import { randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { DeniedTokens } from '../redis/denied-tokens';
import type { Key } from '../settings';
import type { User } from './users';

const TOKEN_SECONDS = 3600;
/** Pinned: what the token itself claims doesn't choose. */
const ALGORITHM = 'HS256';

export interface Token {
  readonly id: string;
  readonly user: User;
  readonly secondsLeft: number;
}

const now = () => Math.floor(Date.now() / 1000);

export class Tokens {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #newest: Key;
  readonly #denied: DeniedTokens;

  /** The newest key, first, signs; all are accepted, so that a change of keys ends no token early. */
  constructor(keys: readonly [Key, ...Key[]], denied: DeniedTokens) {
    this.#keys = new Map(keys.map(({ id, secret }) => [id, new TextEncoder().encode(secret)]));
    this.#newest = keys[0];
    this.#denied = denied;
  }

  issue({ id, email }: User): Promise<string> {
    return new SignJWT({ email })
      .setProtectedHeader({ alg: ALGORITHM, kid: this.#newest.id })
      .setSubject(id)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(now() + TOKEN_SECONDS)
      .sign(this.#keys.get(this.#newest.id) as Uint8Array);
  }

  /** The token; undefined when it is none of ours, has ended or was revoked. Rejects with an Unavailable when nobody can say. */
  async read(text: string): Promise<Token | undefined> {
    try {
      const { payload } = await jwtVerify(text, ({ kid = '' }) => this.#key(kid), {
        algorithms: [ALGORITHM],
        requiredClaims: ['exp', 'jti', 'sub', 'email'],
      });
      const { jti = '', sub = '', exp = 0, email } = payload;
      if (await this.#denied.has(jti)) return undefined;
      return { id: jti, user: { id: sub, email: String(email) }, secondsLeft: exp - now() };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  revoke({ id, secondsLeft }: Token): Promise<void> {
    return this.#denied.deny(id, secondsLeft);
  }

  #key(id: string): Uint8Array {
    const key = this.#keys.get(id);
    if (!key) throw new errors.JWSInvalid('unknown key');
    return key;
  }
}

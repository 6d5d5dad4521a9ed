/** Users in PostgreSQL: registering and finding them. Passwords arrive hashed. */
import type { Database } from '../data/database';

export interface User {
  readonly id: string;
  readonly email: string;
}

const UNIQUE_VIOLATION = '23505';

export class Users {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The new user; undefined when the address is taken. */
  async add(email: string, passwordHash: string): Promise<User | undefined> {
    try {
      const { rows } = await this.#database.write<User>(
        'insert into users (email, password_hash) values ($1, $2) returning id, email',
        [email, passwordHash],
      );
      return rows[0];
    } catch (error) {
      if ((error as { code?: string }).code === UNIQUE_VIOLATION) return undefined;
      throw error;
    }
  }

  /** With the hash, from the primary: a user who has just registered may log in. */
  async withPassword(email: string): Promise<(User & { readonly passwordHash: string }) | undefined> {
    const { rows } = await this.#database.safely<User & { passwordHash: string }>(
      'select id, email, password_hash as "passwordHash" from users where email = $1',
      [email],
    );
    return rows[0];
  }
}

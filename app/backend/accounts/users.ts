/** Users in PostgreSQL: registering and finding them. Passwords arrive hashed. */
import type { Database } from '../data/database';

export interface User {
  readonly id: string;
  readonly email: string;
}

const UNIQUE_VIOLATION = '23505';
/**
 * The job to welcome her is written with her, or neither is: nobody waits for the queue, and no sign-up is without its mail. One
 * line, since a slow statement is looked for in the log by its first.
 */
const ADD = [
  'with added as (insert into users (email, password_hash) values ($1, $2) returning id, email),',
  'welcome as (insert into outbox (kind, data, request_id)',
  "select 'send-email', jsonb_build_object('template', 'welcome', 'user', id), $3 from added)",
  'select id, email from added',
].join(' ');

export class Users {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The new user, whose welcome waits in the outbox; undefined when the address is taken. */
  async add(email: string, passwordHash: string, requestId: string): Promise<User | undefined> {
    try {
      const { rows } = await this.#database.write<User>(ADD, [email, passwordHash, requestId]);
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

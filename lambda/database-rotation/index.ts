/** Rotates the database's credentials: the other of two users gets a new password, and the secret then names that user. */
import { rotating } from '../rotation/steps';
import { twoUsers } from './users';

export interface Environment {
  /** '1' everywhere but beside a server without it. */
  readonly TLS: string;
}

const { TLS } = process.env as unknown as Environment;

export const handler = rotating(twoUsers(TLS === '1'));

/** Rotates the database's credentials: the other of two users gets a new password, and the secret then names that user. */
import { ownCaller } from '../aws';
import { rotating } from '../rotation/steps';
import { copyFollows } from './copy';
import { twoUsers } from './users';

export interface Environment {
  /** '1' everywhere but beside a server without it. */
  readonly TLS: string;
  /** `region/identifier` of the database's copy in a second region; absent without one. */
  readonly COPY?: string;
}

const { TLS, COPY } = process.env as unknown as Environment;
const [region = '', identifier] = COPY?.split('/') ?? [];

export const handler = rotating(
  twoUsers(TLS === '1', identifier ? copyFollows({ ...ownCaller(), region }, identifier) : undefined),
);

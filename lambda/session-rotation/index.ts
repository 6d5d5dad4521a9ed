/** Rotates the password of the application's user of the session store. The probe's user has none: it signs tokens. */
import { ownCaller } from '../aws';
import { rotating } from '../rotation/steps';
import { twoPasswords } from './user';

export interface Environment {
  /** `host:port` of the primary or of the cluster's configuration. */
  readonly ADDRESS: string;
  /** Id of the user in ElastiCache. */
  readonly STORE_USER: string;
  /** '1' everywhere but beside a server without it. */
  readonly TLS: string;
}

const { ADDRESS, STORE_USER: user, TLS } = process.env as unknown as Environment;
const [host = '', port] = ADDRESS.split(':');

export const handler = rotating(
  twoPasswords({ user, host, port: Number(port), tls: TLS === '1', caller: ownCaller() }),
);

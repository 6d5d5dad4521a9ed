/** The session store's user with two passwords, of which one may replace the other: ElastiCache takes both until the next rotation. */
import { Redis } from 'ioredis';
import { type Caller, query } from '../aws';
import { newPassword } from '../rotation/password';
import type { Core } from '../rotation/steps';

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Store {
  /** Id of the user, which isn't its name. */
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly caller: Caller;
  /** Of a change to reach every node. @default 240,000 */
  readonly patienceMs?: number;
  /** @default 3,000 */
  readonly pauseMs?: number;
}

const VERSION = '2015-02-02';
const STEP_MS = 3000;

export function twoPasswords(store: Store): Core<Login> {
  const { user, host, port, tls, caller, patienceMs = 240_000, pauseMs = 3000 } = store;
  const say = (form: Readonly<Record<string, string>>) =>
    query(caller, 'elasticache', { Version: VERSION, UserId: user, ...form });

  /** It refuses a change, and has not made one, until then. */
  const settled = async () => {
    for (const end = Date.now() + patienceMs; ; ) {
      const status = /<Status>([^<]*)</.exec(await say({ Action: 'DescribeUsers' }))?.[1];
      if (status === 'active') return;
      if (Date.now() > end) throw new Error(`${user}: expected it to be active within ${patienceMs} ms, got ${status}`);
      await new Promise((go) => setTimeout(go, pauseMs));
    }
  };

  return {
    next: ({ username }) => ({ username, password: newPassword() }),

    set: async (pending, { current }) => {
      await settled();
      await say({
        Action: 'ModifyUser',
        'AuthenticationMode.Type': 'password',
        'AuthenticationMode.Passwords.member.1': current.password,
        'AuthenticationMode.Passwords.member.2': pending.password,
      });
      await settled();
    },

    test: async ({ username, password }) => {
      const redis = new Redis({
        host,
        port,
        username,
        password,
        ...(tls && { tls: { servername: host } }),
        lazyConnect: true,
        retryStrategy: () => null,
        connectTimeout: STEP_MS,
        commandTimeout: STEP_MS,
        maxRetriesPerRequest: 0,
        enableReadyCheck: false,
      });
      let why: unknown;
      redis.on('error', (error) => {
        why = error; // more than the promise says
      });
      try {
        await redis.connect();
        await redis.ping();
      } catch (error) {
        throw why ?? error;
      } finally {
        redis.disconnect();
      }
    },
  };
}

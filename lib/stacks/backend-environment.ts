/** What servers are told of their configuration and of the data they use: names and addresses, never a secret. */
import { ReferenceStrength, Stack } from 'aws-cdk-lib';
import type { Postgres } from '../../constructs/database/postgres';
import type { JobQueue } from '../../constructs/jobs/job-queue';
import type { SessionStore } from '../../constructs/sessions/session-store';
import type { Environment } from '../config/environment';
import { workerEnvironment } from './workers-stack';

interface Data {
  readonly database: Postgres;
  readonly sessions: SessionStore;
  readonly jobs: JobQueue;
}

/** Of what may go: an exported address in use would keep a replica from being removed. */
const weak = (value: string) => Stack.consumeReference(value, ReferenceStrength.WEAK);

export const databaseEnvironment = ({ fleet }: Environment, { secret, replicas }: Postgres) => ({
  DATABASE_POOL: `${fleet.databasePool}`,
  DATABASE_SECRET: secret.secretArn,
  DATABASE_REPLICAS: replicas.map(({ dbInstanceEndpointAddress: at }) => weak(at)).join(','),
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

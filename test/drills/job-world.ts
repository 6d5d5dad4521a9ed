/** What a drill of the jobs happens to: PostgreSQL, the emulator's SQS, workers, a stand-in for SES, and a backend where people sign up. Hurts nothing itself. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import { freePorts } from '../../lib/rehearsal/ports';
import { startPostgres } from '../../lib/rehearsal/postgres';
import type { Running } from '../../lib/rehearsal/process';
import { startBackend, startEmulator, startRedis, startWorker } from '../../lib/rehearsal/servers';
import { postgresSays } from '../../lib/rehearsal/standbys';
import { filesBelow } from '../support/files';
import { type Jobs, startJobs } from '../support/jobs';
import { end, listen, portOf } from '../support/nginx';
import { Part } from './parts';
import type { Site } from './world';

interface Shape {
  readonly workers: number;
  /** Variables of every worker. @default none but the usual */
  readonly worker?: Readonly<Record<string, string>>;
  /** Of a message, before it counts as dead. @default as deployed */
  readonly tries?: number;
  /** Whether there is a backend. @default false */
  readonly backend?: boolean;
}

export interface JobWorld {
  readonly workers: readonly Part[];
  readonly queue: Jobs;
  readonly emulator: Running;
  says(sql: string): Promise<Record<string, unknown>[]>;
  /** A new user's id. */
  user(): Promise<string>;
  /** How often SES was given the mail of each job. */
  mails(): ReadonlyMap<string, number>;
  /** Registers somebody new at the backend; resolves with the status. */
  signUp(): Promise<number>;
  /** Ends what isn't a part. */
  end(): Promise<void>;
}

interface Handed {
  readonly Content?: { readonly Simple?: { readonly Headers?: readonly { readonly Value: string }[] } };
}

/** What it has begun to accept counts, also when nobody waits for the answer any more: SES wouldn't notice either. */
async function startSes() {
  const mails = new Map<string, number>();
  const server = await listen(async (request, answer) => {
    const id = ((await json(request)) as Handed).Content?.Simple?.Headers?.[0]?.Value ?? '';
    mails.set(id, (mails.get(id) ?? 0) + 1);
    answer.setHeader('content-type', 'application/json').end('{"MessageId":"1"}');
  });
  return { mails, server, url: `http://127.0.0.1:${portOf(server)}` };
}

/** Starts everything. What it started is among the site's parts, also when it throws. */
export async function startJobWorld({ tools, parts, folder }: Site, shape: Shape): Promise<JobWorld> {
  const [postgresPort = 0, emulatorPort = 0, redisPort = 0, backendPort = 0, ...workerPorts] = await freePorts(
    4 + shape.workers,
  );
  const at = (name: string) => ({ folder: resolve(folder, name), logFile: join(folder, `${name}.log`) });
  const temporary = resolve(folder);
  const [, emulator] = await Promise.all([
    parts.start(() => startPostgres(tools, { ...at('postgres'), port: postgresPort })),
    parts.start(() =>
      startEmulator(tools, { ...at('emulator'), port: emulatorPort, temporary, account: '000000000000' }),
    ),
  ]);
  const database = { host: '127.0.0.1', port: postgresPort };
  const says = (sql: string) => postgresSays(database, sql);
  for (const file of filesBelow('.sql', 'app/backend/migrations')) await says(readFileSync(file, 'utf8'));
  const queue = await startJobs(`http://127.0.0.1:${emulatorPort}`, temporary, shape.tries);
  const ses = await startSes();
  const env = {
    ...queue.env,
    DATABASE_URL: `postgresql://postgres@127.0.0.1:${postgresPort}/postgres`,
    VISIBILITY_SECONDS: '4',
    WAIT_SECONDS: '1',
    RETRY_SECONDS: '0',
    MAIL_FROM: 'us@example.com',
    AWS_ENDPOINT_URL_SESV2: ses.url,
    ...shape.worker,
  };
  const workers = workerPorts.map((port, index) => {
    const logFile = join(folder, `worker-${index + 1}.log`);
    return new Part(`worker ${index + 1}`, () => startWorker({ port, release: 'dist', logFile, env }), parts);
  });
  await Promise.all(workers.map((worker) => worker.start()));
  if (shape.backend) {
    await parts.start(() => startRedis(tools, { ...at('redis'), port: redisPort }));
    const secrets = { SESSION_SECRET: 's'.repeat(48), JWT_SECRET: 'j'.repeat(48) };
    const own = { REDIS_URL: `redis://127.0.0.1:${redisPort}`, RATE_LIMIT: '100000/900', ...secrets };
    const { logFile } = at('backend');
    await parts.start(() => startBackend({ port: backendPort, release: 'dist', logFile, env: { ...env, ...own } }));
  }
  return {
    workers,
    queue,
    emulator,
    says,
    async user() {
      const [row] = await says(
        `insert into users (email, password_hash) values ('${randomUUID()}@example.com', '-') returning id`,
      );
      return String(row?.id);
    },
    mails: () => ses.mails,
    async signUp() {
      const body = JSON.stringify({ email: `${randomUUID()}@example.com`, password: randomUUID() });
      const headers = { 'content-type': 'application/json' };
      return (await fetch(`http://127.0.0.1:${backendPort}/api/register`, { method: 'POST', headers, body })).status;
    },
    async end() {
      queue.sqs.destroy();
      await end(ses.server);
    },
  };
}

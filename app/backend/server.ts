/** The process: reads its environment, starts listening, and leaves in order at SIGTERM. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { Passwords } from './accounts/passwords';
import { Tokens } from './accounts/tokens';
import { Users } from './accounts/users';
import { Visitors } from './accounts/visitor';
import { application } from './application';
import { Database } from './data/database';
import { migrate } from './data/migrations';
import { Drain } from './http/drain';
import { Sockets } from './http/websocket';
import { Outbox } from './jobs/outbox';
import { sendTo } from './jobs/queue';
import { Business } from './metrics/business';
import { Metrics } from './metrics/metrics';
import { watchPool } from './metrics/pool';
import { optional } from './optional';
import { Orders } from './orders/orders';
import { productById } from './orders/products';
import { cached } from './redis/cache';
import { DeniedTokens } from './redis/denied-tokens';
import { Sessions } from './redis/sessions';
import { Store } from './redis/store';
import { settings as read, type Settings } from './settings';

/** The fleet allows 15 s from SIGTERM to the end. */
const LEAVE_WITHIN_MS = 14_000;
/** Who waits for a database that doesn't answer is told so by then, while there is time to tell. */
const ANSWER_WITHIN_MS = 12_000;
/** Then those are cut off who never finished asking, or don't read what they are told. */
const CUT_AFTER_MS = 500;
/** So long the listener waits for the schema; then it opens all the same, alive and not ready. */
const MIGRATE_FIRST_MS = 2000;
const MIGRATE_AGAIN_MS = 500;

async function serve(settings: Settings): Promise<void> {
  let migrated = !settings.migrate;
  let log: FastifyInstance['log'] | undefined;
  const lost = (what: string) => (error: Error) => log?.warn({ err: error }, `connection to ${what} lost`);

  const database = new Database({
    url: settings.databaseUrl,
    replicaUrls: settings.databaseReplicaUrls,
    poolSize: settings.poolSize,
    onError: lost('database'),
  });
  const store = new Store({
    primary: settings.redis,
    reader: settings.redisReader,
    waitForReplica: settings.waitForReplica,
    onError: lost('redis'),
  });
  const { tracing, reports } = await optional(settings);
  tracing?.watchDatabase(database);
  tracing?.watchRedis(store);
  reports?.watchProcess();
  const metrics = new Metrics();
  const sessions = new Sessions(store);
  const tokens = new Tokens(settings.tokenKeys, new DeniedTokens(store));
  const visitors = new Visitors(sessions, tokens);
  const passwords = new Passwords();
  const write = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const business = new Business(store, settings.environment, write);
  const endPoolWatch = watchPool(database, settings.environment, write);
  const outbox = new Outbox({
    database,
    send: settings.queueUrl ? sendTo(settings.queueUrl) : undefined,
    environment: settings.environment,
    onError: (error) => log?.warn({ err: error }, 'jobs wait in the outbox'),
    write,
  });
  const drain = new Drain();
  const sockets = new Sockets(visitors, settings.corsOrigins, metrics.sockets);
  metrics.watch(database, passwords);

  const app = await application({
    settings,
    users: new Users(database),
    passwords,
    sessions,
    tokens,
    visitors,
    business,
    outbox,
    orders: new Orders(database),
    product: cached('product', store, metrics.cacheResults, productById(database)),
    store,
    sockets,
    metrics,
    checks: {
      database: () => (migrated ? database.write('select 1') : Promise.reject(new Error('not migrated yet'))),
      redis: () => store.ping(),
    },
    drain,
    tracing,
    reports,
  });
  log = app.log;

  const leave = async () => {
    if (drain.begun()) return; // told twice
    setTimeout(() => process.exit(1), LEAVE_WITHIN_MS).unref();
    setTimeout(() => {
      void database.close();
      setTimeout(() => app.server.closeAllConnections(), CUT_AFTER_MS);
    }, ANSWER_WITHIN_MS).unref();
    await drain.run(settings.drainMs);
    sockets.close();
    await app.close();
    endPoolWatch();
    await Promise.all([business.close(), outbox.close()]);
    await Promise.all([database.close(), passwords.close(), tracing?.close(), reports?.close()]);
    store.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void leave());

  const schema = async () => {
    let told = '';
    while (!migrated && !drain.begun()) {
      try {
        const fresh = await migrate(database, join(__dirname, 'migrations'));
        if (fresh) app.log.info({ migrations: fresh }, 'schema is up to date');
        else app.log.info('schema is up to date; the database takes no writes, so nothing was applied');
        migrated = true;
      } catch (error) {
        const { message } = error as Error;
        if (message !== told) app.log.warn({ err: error }, 'migration failed, trying again');
        told = message;
        await wait(MIGRATE_AGAIN_MS);
      }
    }
  };
  await Promise.race([schema(), wait(MIGRATE_FIRST_MS, undefined, { ref: false })]);
  await app.listen({ port: settings.port, host: '127.0.0.1' });
}

async function start(): Promise<void> {
  try {
    await serve(read(process.env));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    console.error(
      code === 'EADDRINUSE' ? `PORT: expected a free port, got ${process.env.PORT}, which is in use` : message,
    );
    process.exit(1);
  }
}

void start();

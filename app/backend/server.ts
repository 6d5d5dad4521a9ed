/** The process: reads its environment, starts listening, and leaves in order at SIGTERM. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { application } from './application';
import { Database } from './database';
import { migrate } from './migrations';
import { Sessions } from './sessions';
import { settings as read, type Settings } from './settings';
import { Users } from './users';

/** The fleet allows 15 s from SIGTERM to the end. */
const LEAVE_WITHIN_MS = 14_000;
const MIGRATE_AGAIN_MS = 1000;

async function serve(settings: Settings): Promise<void> {
  let draining = false;
  let migrated = !settings.migrate;
  let lost = (_what: string, _error: Error): void => undefined;
  const database = new Database({
    url: settings.databaseUrl,
    replicaUrls: settings.databaseReplicaUrls,
    poolSize: settings.poolSize,
    onError: (error) => lost('database', error),
  });
  const sessions = new Sessions(settings.redisUrl, settings.redisReaderUrl, (error) => lost('redis', error));
  const app = await application({
    settings,
    users: new Users(database),
    sessions,
    checks: {
      database: () => (migrated ? database.write('select 1') : Promise.reject(new Error('not migrated yet'))),
      redis: () => sessions.ping(),
    },
    draining: () => draining,
  });
  lost = (what, error) => app.log.warn({ err: error }, `connection to ${what} lost`);

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, async () => {
      draining = true;
      setTimeout(() => process.exit(1), LEAVE_WITHIN_MS).unref();
      await wait(settings.drainMs); // the balancer notices before the listener closes
      await app.close();
      sessions.close();
      await database.close();
      process.exit(0);
    });
  }

  if (settings.migrate) {
    void (async () => {
      while (!migrated && !draining) {
        try {
          const fresh = await migrate(database, join(__dirname, 'migrations'));
          app.log.info({ migrations: fresh }, 'schema is up to date');
          migrated = true;
        } catch (error) {
          app.log.warn({ err: error }, 'migration failed, trying again');
          await wait(MIGRATE_AGAIN_MS);
        }
      }
    })();
  }
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

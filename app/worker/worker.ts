/** The process that does jobs: reads its environment, takes messages, and leaves in order at SIGTERM. */
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import pino from 'pino';
import { Database } from '../backend/data/database';
import { LOG_OPTIONS } from '../backend/http/personal';
import { job } from '../backend/jobs/job';
import { Consumer } from './consumer';
import { Figures } from './figures';
import { JOBS } from './jobs';
import { logMailer, sesMailer } from './mail/mailer';
import { forget, once } from './once';
import { Queue } from './queue';
import { settings as read, type Settings } from './settings';

/** From SIGTERM on: then what is still under way goes back to the queue. systemd waits longer. */
const FINISH_MS = 25_000;
const FORGET_EVERY_MS = 3_600_000;

async function work(settings: Settings): Promise<void> {
  const log = pino({ level: settings.logLevel, ...LOG_OPTIONS });
  const database = new Database({
    url: settings.databaseUrl,
    replicaUrls: [],
    poolSize: settings.jobsAtOnce + 1,
    onError: (error) => log.warn({ err: error }, 'connection to database lost'),
  });
  const figures = new Figures(settings.environment, (line) => process.stdout.write(`${JSON.stringify(line)}\n`));
  const mailer = settings.mailFrom ? sesMailer(settings.mailFrom) : logMailer(log);
  const consumer = new Consumer({
    ...settings,
    queue: new Queue(settings),
    able: () => database.takesWrites().catch(() => true), // a database that doesn't answer fails the job itself
    handle: async ({ body, tries, sentAt }) => {
      const begin = performance.now();
      let kind = 'unknown';
      const ended = (result: 'done' | 'repeated' | 'failed') => {
        const seconds = (performance.now() - begin) / 1000;
        figures.count(kind, result, seconds);
        return { kind, result, tries, ms: Math.round(seconds * 1000), waitedMs: Math.max(0, Date.now() - sentAt) };
      };
      let about: object = {};
      try {
        const asked = job(body);
        const doing = Object.hasOwn(JOBS, asked.kind) ? JOBS[asked.kind] : undefined;
        if (!doing) throw new Error(`message.kind: expected one of ${Object.keys(JOBS).join(', ')}, got another`);
        kind = asked.kind;
        about = { job: asked.id, reqId: asked.requestId };
        const now = await once(database, asked, (run) => doing(asked, { run, mailer }));
        log.info({ ...about, ...ended(now ? 'done' : 'repeated') }, 'job');
      } catch (error) {
        log.warn({ ...about, ...ended('failed'), err: error }, 'job failed');
        throw error;
      }
    },
    onError: (error, doing) => log.warn({ err: error, doing }, 'the queue did not do it'),
  });

  const ready = async () =>
    consumer.well &&
    (await database.write('select 1').then(
      () => true,
      () => false,
    ));
  const server = createServer(async ({ url }, answer) => {
    if (url === '/livez') return answer.end('{"status":"up"}');
    if (url === '/readyz') return answer.writeHead((await ready()) ? 200 : 503).end();
    if (url === '/metrics') return answer.end(await figures.registry.metrics());
    return answer.writeHead(404).end();
  });
  server.listen(settings.port, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));

  const forgetting = setInterval(
    () => void forget(database).catch((error) => log.warn({ err: error }, 'done jobs are remembered for longer')),
    FORGET_EVERY_MS,
  );
  const leave = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
  const working = consumer.run();
  log.info({ jobsAtOnce: settings.jobsAtOnce }, 'worker is up');
  await leave;
  consumer.leave();
  await Promise.race([working, wait(FINISH_MS, undefined, { ref: false })]);
  await consumer.giveBack();
  clearInterval(forgetting);
  figures.close();
  server.close();
  await database.close();
  log.info('worker has left');
  process.exit(0);
}

work(read(process.env)).catch((error: NodeJS.ErrnoException) => {
  console.error(
    error.code === 'EADDRINUSE'
      ? `PORT: expected a free port, got ${process.env.PORT}, which is in use`
      : error.message,
  );
  process.exit(1);
});

/** Health at three depths: the process, its dependencies for alarms, and the guide's shape for people. Names no host. */
import type { FastifyInstance } from 'fastify';

/** A check that hasn't answered by then has failed. */
const DEADLINE_MS = 2000;
/** So long an answer serves everybody: a flood of questions is no flood of statements. */
const FRESH_MS = 250;

export type Checks = Readonly<Record<'database' | 'redis', () => Promise<unknown>>>;
type States = Readonly<Record<string, 'up' | 'down'>>;

async function passes(check: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, DEADLINE_MS, false);
  });
  try {
    return await Promise.race([check().then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

async function ask(checks: Checks): Promise<States> {
  const found = Object.entries(checks).map(async ([name, check]) => [name, (await passes(check)) ? 'up' : 'down']);
  return Object.fromEntries(await Promise.all(found));
}

const well = (states: States) => Object.values(states).every((state) => state === 'up');

/** `draining` says that the process is on its way out: no longer ready, still alive. */
export function health(app: FastifyInstance, checks: Checks, draining: () => boolean): void {
  let asked: Promise<States> | undefined;
  const states = () => {
    asked ??= ask(checks).finally(() =>
      setTimeout(() => {
        asked = undefined;
      }, FRESH_MS).unref(),
    );
    return asked;
  };

  app.get('/livez', () => ({ status: 'up' }));
  app.get('/readyz', async (_, reply) => {
    const ready = !draining() && well(await states());
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' });
  });
  app.get('/health', async (_, reply) => {
    const found = await states();
    return reply.code(well(found) ? 200 : 503).send({
      status: well(found) ? 'healthy' : 'unhealthy',
      uptime: Math.round(process.uptime()),
      timestamp: new Date().toISOString(),
      checks: found,
    });
  });
}

/** Health at three depths: the process, its dependencies for alarms, and the guide's shape for people. Names no host. */
import type { FastifyInstance } from 'fastify';

/** A check that hasn't answered by then has failed. */
const DEADLINE_MS = 2000;

export type Checks = Readonly<Record<'database' | 'redis', () => Promise<unknown>>>;

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

/** `draining` says that the process is on its way out: no longer ready, still alive. */
export function health(app: FastifyInstance, checks: Checks, draining: () => boolean): void {
  const results = async () => {
    const names = Object.keys(checks) as (keyof Checks)[];
    const states = await Promise.all(
      names.map(async (name) => [name, (await passes(checks[name])) ? 'up' : 'down'] as const),
    );
    return Object.fromEntries(states);
  };
  const well = (found: Readonly<Record<string, string>>) => Object.values(found).every((state) => state === 'up');

  app.get('/livez', () => ({ status: 'up' }));
  app.get('/readyz', async (_, reply) => {
    const ready = !draining() && well(await results());
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' });
  });
  app.get('/health', async (_, reply) => {
    const found = await results();
    return reply.code(well(found) ? 200 : 503).send({
      status: well(found) ? 'healthy' : 'unhealthy',
      uptime: Math.round(process.uptime()),
      timestamp: new Date().toISOString(),
      checks: found,
    });
  });
}

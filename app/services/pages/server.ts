/** A service besides the backend, as small as the contract allows: pages rendered by the server, without a database. */
import Fastify, { type FastifyReply, LogController } from 'fastify';
import { Drain } from '../../backend/http/drain';
import { LOG_OPTIONS } from '../../backend/http/personal';
import { refuse, variables } from '../../backend/variables';
import { list, report } from './page';

/** The servers allow 15 s from SIGTERM to the end. */
const LEAVE_WITHIN_MS = 14_000;
/** Longer than NGINX keeps an idle connection. */
const KEEP_ALIVE_MS = 65_000;
const BELOW = '/reports/';

function settings() {
  const { read, faults } = variables(
    {
      PORT: [/^[1-9]\d{0,4}$/, 'a port'],
      DRAIN_MS: [/^\d{1,4}$/, 'milliseconds, below 10000', '3000'],
      LOG_LEVEL: [/^(error|warn|info|debug|silent)$/, 'error, warn, info, debug or silent', 'info'],
    },
    process.env,
  );
  refuse(faults);
  return { port: Number(read('PORT')), drainMs: Number(read('DRAIN_MS')), logLevel: read('LOG_LEVEL') };
}

async function start(): Promise<void> {
  const { port, drainMs, logLevel } = settings();
  const app = Fastify({
    logger: { level: logLevel, ...LOG_OPTIONS },
    logController: new LogController({ disableRequestLogging: true }), // NGINX has a line for each
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // what arrives while we leave is still served
  });
  const drain = new Drain();
  drain.serve(app, BELOW);
  const page = (reply: FastifyReply, text: string) =>
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(text);
  for (const path of ['/livez', '/health']) app.get(path, () => ({ status: 'up' }));
  app.get('/readyz', (_, reply) =>
    drain.begun() ? reply.code(503).send({ status: 'not ready' }) : reply.send({ status: 'ready' }),
  );
  app.get(BELOW, (_, reply) => page(reply, list()));
  app.get('/reports', (_, reply) => reply.redirect(BELOW, 308));
  app.get<{ Params: { name: string }; Querystring: { reader?: string | string[] } }>(
    `${BELOW}:name`,
    ({ params, query }, reply) => {
      const text = report(params.name, `${query.reader ?? ''}`);
      return text === undefined ? reply.code(404).send({ error: 'Not found.' }) : page(reply, text);
    },
  );

  const leave = async () => {
    if (drain.begun()) return; // told twice
    setTimeout(() => process.exit(1), LEAVE_WITHIN_MS).unref();
    await drain.run(drainMs);
    await app.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void leave());
  await app.listen({ port, host: '127.0.0.1' });
}

start().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});

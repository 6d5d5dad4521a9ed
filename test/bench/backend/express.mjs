/** What the backend is measured beside: Express with the usual packages, keeping the same contract on the same tables. Not an example to follow. */
import { randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { RedisStore } from 'connect-redis';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import session from 'express-session';
import helmet from 'helmet';
import pg from 'pg';
import pinoHttp from 'pino-http';
import prometheus from 'prom-client';
import { RedisStore as LimitStore } from 'rate-limit-redis';
import { createClient } from 'redis';
import { z } from 'zod';

const { PORT, REDIS_URL, DATABASE_URL, SESSION_SECRET, RATE_LIMIT, LOG_LEVEL } = process.env;
const SESSION_SECONDS = 86_400;
const CACHE_SECONDS = 3600;
/** As the backend's. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 ** 2 };

const redis = await createClient({ url: REDIS_URL }).connect();
const database = new pg.Pool({ connectionString: DATABASE_URL, max: 20, idleTimeoutMillis: 30_000 });
const derive = promisify(scrypt);
const app = express();
app.set('trust proxy', 1);

const seconds = new prometheus.Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time to answer a request',
  labelNames: ['method', 'route', 'status'],
});
prometheus.collectDefaultMetrics();
app.use((request, response, next) => {
  const done = seconds.startTimer();
  response.once('finish', () =>
    done({ method: request.method, route: request.route?.path, status: response.statusCode }),
  );
  next();
});
if (LOG_LEVEL !== 'silent') {
  const serializers = {
    req: ({ id, method, url, remoteAddress }) => ({ id, method, url, remoteAddress }),
    res: ({ statusCode }) => ({ statusCode }),
  };
  app.use(pinoHttp({ genReqId: () => randomUUID(), serializers }));
}
app.use(helmet());
app.get('/readyz', (_, response) => void response.json({ status: 'ready' }));
if (RATE_LIMIT !== 'off') {
  const [limit, window] = RATE_LIMIT.split('/').map(Number);
  const store = new LimitStore({ prefix: 'express-limit:', sendCommand: (...words) => redis.sendCommand(words) });
  app.use(
    '/api',
    rateLimit({ limit, windowMs: window * 1000, standardHeaders: 'draft-6', legacyHeaders: false, store }),
  );
}
app.use(express.json({ limit: '64kb' }));
app.use('/api', (_, response, next) => {
  response.set('cache-control', 'no-store');
  next();
});
// after the routes for everybody, so that a product costs no session
const sessions = session({
  name: 'express.sid',
  secret: SESSION_SECRET.split(','),
  resave: false,
  saveUninitialized: false,
  rolling: true,
  proxy: true,
  cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto', maxAge: SESSION_SECONDS * 1000 },
  store: new RedisStore({ client: redis, prefix: 'sess:', ttl: SESSION_SECONDS }),
});

const password = z.string().min(8).max(200);
const credentials = z.strictObject({ email: z.email().max(254), password });
const wanted = z.strictObject({ product: z.string().min(1).max(200), quantity: z.int().min(1).max(1_000_000) });
const valid = (schema) => (request, response, next) => {
  const { success, error } = schema.safeParse(request.body);
  if (success) next();
  else response.status(400).json({ error: 'Invalid input.', fields: z.flattenError(error).fieldErrors });
};
const user = (request, response, next) =>
  request.session.user ? next() : response.status(401).json({ error: 'Not logged in.' });

app.get('/api/products/:id', async (request, response) => {
  const key = `product:${request.params.id}`;
  const cached = await redis.get(key);
  if (cached) return response.json(JSON.parse(cached));
  const { rows } = await database.query('select id, name, cents from products where id = $1', [request.params.id]);
  if (!rows[0]) return response.status(404).json({ error: 'There is no such product.' });
  await redis.set(key, JSON.stringify(rows[0]), { expiration: { type: 'EX', value: CACHE_SECONDS } });
  return response.json(rows[0]);
});

app.post('/api/register', valid(credentials), async (request, response) => {
  const salt = randomBytes(16);
  const hash = await derive(request.body.password, salt, 32, SCRYPT);
  const { rows } = await database.query(
    'insert into users (email, password_hash) values ($1, $2) returning id, email',
    [request.body.email.toLowerCase(), `scrypt$${salt.toString('base64')}$${hash.toString('base64')}`],
  );
  response.status(201).json({ user: rows[0] });
});

app.use(sessions);

app.post('/api/login', valid(credentials), async (request, response) => {
  const { rows } = await database.query('select id, email, password_hash from users where email = $1', [
    request.body.email.toLowerCase(),
  ]);
  const [, salt = '', hash = ''] = rows[0]?.password_hash.split('$') ?? [];
  const actual = await derive(request.body.password, Buffer.from(salt, 'base64'), 32, SCRYPT);
  if (!rows[0] || !timingSafeEqual(actual, Buffer.from(hash, 'base64')))
    return response.status(401).json({ error: 'Address or password is wrong.' });
  await promisify(request.session.regenerate.bind(request.session))();
  request.session.user = { id: rows[0].id, email: rows[0].email };
  return response.json({ user: request.session.user });
});

app.get('/api/profile', user, (request, response) => response.json({ user: request.session.user }));

app.post('/api/orders', user, valid(wanted), async (request, response) => {
  const values = [request.session.user.id, request.get('idempotency-key'), request.body.product, request.body.quantity];
  const { rows } = await database.query(
    `insert into orders (user_id, idempotency_key, product, quantity) values ($1, $2, $3, $4)
     on conflict (user_id, idempotency_key) do nothing returning number::text as id, product, quantity`,
    values,
  );
  if (rows[0]) return response.status(201).json(rows[0]);
  const found = await database.query(
    'select number::text as id, product, quantity from orders where user_id = $1 and idempotency_key = $2',
    values.slice(0, 2),
  );
  return response.json(found.rows[0]);
});

const server = app.listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});

/** What is measured: a request for each route, the same for both servers. */
import { randomUUID } from 'node:crypto';
import type { Pool } from 'undici';
import { ask, type Request } from './drive';

export type Route = 'session read' | 'login' | 'cached product' | 'order';

/** Registers a user, logs in, and gives the requests that this user sends. */
export async function routes(pool: Pool): Promise<Readonly<Record<Route, () => Request>>> {
  const user = { email: `${randomUUID()}@example.com`, password: randomUUID() };
  const post = { method: 'POST', body: user } as const;
  await ask(pool, { ...post, path: '/api/register', expect: 201 });
  const login: Request = { ...post, path: '/api/login', expect: 200 };
  const cookie = await ask(pool, login);
  return {
    'session read': () => ({ method: 'GET', path: '/api/profile', headers: { cookie }, expect: 200 }),
    login: () => login,
    'cached product': () => ({ method: 'GET', path: '/api/products/1', expect: 200 }),
    order: () => ({
      method: 'POST',
      path: '/api/orders',
      headers: { cookie, 'idempotency-key': randomUUID() },
      body: { product: '1', quantity: 1 },
      expect: 201,
    }),
  };
}

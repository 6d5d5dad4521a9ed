/** What one simulated visitor does, as rows, and what they remember between two of them. Sends nothing. */
import { randomUUID } from 'node:crypto';

export interface Visitor {
  readonly email: string;
  readonly password: string;
  /** Hashed files that the page named. */
  assets: readonly string[];
  cookie: string;
}

interface Answer {
  readonly status: number;
  readonly cookie: string | undefined;
  readonly body: string;
}

export interface Step {
  /** As the report names it. */
  readonly kind: string;
  readonly method: 'GET' | 'POST';
  /** Undefined when the visitor doesn't know it: a failure. */
  readonly path: (visitor: Visitor) => string | undefined;
  readonly body?: (visitor: Visitor) => object;
  readonly headers?: () => Readonly<Record<string, string>>;
  readonly expect: number;
  readonly remember?: (visitor: Visitor, answer: Answer) => void;
}

const get = (kind: string, path: string): Step => ({ kind, method: 'GET', path: () => path, expect: 200 });
const credentials = ({ email, password }: Visitor) => ({ email, password });

const page: Step = {
  ...get('page', '/'),
  remember: (visitor, { body }) => {
    visitor.assets = body.match(/\/assets\/[^"]+/g) ?? [];
  },
};
const asset = (index: number): Step => ({ ...get('asset', ''), path: ({ assets }) => assets[index % assets.length] });
const register: Step = {
  kind: 'register',
  method: 'POST',
  path: () => '/api/register',
  body: credentials,
  expect: 201,
};
const login: Step = {
  kind: 'login',
  method: 'POST',
  path: () => '/api/login',
  body: credentials,
  expect: 200,
  remember: (visitor, { cookie }) => {
    visitor.cookie = cookie?.split(';')[0] ?? '';
  },
};
const profile = get('profile', '/api/profile');
const product = (id: number) => get('product', `/api/products/${id}`);
const orders = get('orders', '/api/orders');
const order: Step = {
  kind: 'order',
  method: 'POST',
  path: () => '/api/orders',
  body: () => ({ product: '1', quantity: 1 }),
  headers: () => ({ 'idempotency-key': randomUUID() }),
  expect: 201,
};
const logout: Step = { kind: 'logout', method: 'POST', path: () => '/api/logout', expect: 204 };

const browse = [product(1), product(2), profile, product(3), order, orders, product(4), profile];

/** In order. Of its 50 requests 46 count against the limit of 100 in 15 minutes that an address has; 2 wait for a password's hash. */
export const VISIT: readonly Step[] = [
  page,
  asset(0),
  asset(1),
  product(1),
  product(5),
  get('health', '/health'),
  register,
  login,
  profile,
  ...Array.from({ length: 5 }, () => browse).flat(),
  logout,
];

/** The `number`-th visitor of a run; `run` keeps runs apart. */
export const visitor = (run: string, number: number): Visitor => ({
  email: `load-${run}-${number}@example.com`,
  password: randomUUID(),
  assets: [],
  cookie: '',
});

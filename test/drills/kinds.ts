/** What visitors do: the mix of requests, which answers are right, and what each acknowledges. Sends nothing. */
import { randomUUID } from 'node:crypto';
import type { Answer, Request } from './client';

export interface Session {
  readonly email: string;
  readonly cookie: string;
}

export interface Order {
  readonly session: Session;
  readonly request: Omit<Request, 'from'>;
  readonly product: string;
  /** Once acknowledged. */
  id?: unknown;
}

export interface Token {
  readonly email: string;
  readonly bearer: string;
}

/** What visitors hold: all that was acknowledged to them, and the orders of which they don't know. */
export interface Held {
  readonly sessions: Session[];
  readonly tokens: Token[];
  readonly orders: Order[];
}

export interface Ask {
  readonly request: Omit<Request, 'from'>;
  /** Whether that is a right answer; takes down what it acknowledges. */
  readonly accept: (answer: Answer) => boolean;
}

export interface Kind {
  readonly perSecond: number;
  readonly ask: (held: Held, number: number) => Ask;
}

const PASSWORD = 'correct horse battery';
/** Few, since each costs two password hashes before the drill begins. */
export const USERS = 6;

export const credentials = (number: number) => ({ email: `visitor-${number % USERS}@example.com`, password: PASSWORD });

/** The body's fields; none when it is no JSON. */
export function fields({ text }: Answer): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

export const cookieOf = ({ headers }: Answer): string =>
  [headers['set-cookie'] ?? []]
    .flat()
    .map((each) => each.split(';')[0] ?? '')
    .join('; ');

const is = ({ status }: Answer, ...right: readonly number[]) => right.includes(status as number);
const isUser = (answer: Answer, email: string) =>
  (fields(answer).user as { email?: string } | undefined)?.email === email;
const pick = <T>(all: readonly T[], number: number): T => all[number % all.length] as T;

export const login = (held: Held, number: number): Ask => ({
  request: { method: 'POST', path: '/api/login', body: credentials(number) },
  accept: (answer) => {
    const cookie = cookieOf(answer);
    if (!is(answer, 200) || !cookie) return false;
    held.sessions.push({ email: credentials(number).email, cookie });
    return true;
  },
});

export const token = (held: Held, number: number): Ask => ({
  request: { method: 'POST', path: '/api/token', body: credentials(number) },
  accept: (answer) => {
    const bearer = fields(answer).token;
    if (!is(answer, 200) || typeof bearer !== 'string') return false;
    held.tokens.push({ email: credentials(number).email, bearer });
    return true;
  },
});

export const profile = ({ email, cookie }: Session): Ask => ({
  request: { path: '/api/profile', headers: { cookie } },
  accept: (answer) => is(answer, 200) && isUser(answer, email),
});

const order = (held: Held, number: number): Ask => {
  const session = pick(held.sessions, number);
  const product = `drill-${number}`;
  const headers = { cookie: session.cookie, 'idempotency-key': randomUUID() };
  const request = {
    method: 'POST',
    path: '/api/orders',
    body: { product, quantity: 1 + (number % 5) },
    headers,
  } as const;
  const made: Order = { session, request, product };
  held.orders.push(made);
  return {
    request,
    accept: (answer) => {
      if (is(answer, 200, 201)) made.id = fields(answer).id;
      return is(answer, 200, 201); // 200: NGINX or the process had to ask twice
    },
  };
};

/** 60 a second together. */
export const KINDS = {
  profile: { perSecond: 30, ask: ({ sessions }, number) => profile(pick(sessions, number)) },
  product: {
    perSecond: 12,
    ask: (_, number) => ({
      // every other one is new to the cache, and so comes from a replica
      request: { path: `/api/products/${number % 2 ? 1 + (number % 5) : 1000 + number}` },
      accept: (answer) => is(answer, 200, 404),
    }),
  },
  order: { perSecond: 9, ask: order },
  orders: {
    perSecond: 1,
    ask: ({ sessions }, number) => ({
      request: { path: '/api/orders', headers: { cookie: pick(sessions, number).cookie } },
      accept: (answer) => is(answer, 200) && Array.isArray(fields(answer).orders),
    }),
  },
  tokenProfile: {
    perSecond: 5,
    ask: ({ tokens }, number) => {
      const { email, bearer } = pick(tokens, number);
      return {
        request: { path: '/api/token/profile', headers: { authorization: `Bearer ${bearer}` } },
        accept: (answer) => is(answer, 200) && isUser(answer, email),
      };
    },
  },
  login: { perSecond: 2, ask: login },
  token: { perSecond: 1, ask: token },
} satisfies Record<string, Kind>;

/** Speaks to the backend and turns each answer into data or one message a person understands. */
import { doubt } from './connection';

/** Longer than NGINX lets the backend take. */
const WAIT_MS = 25_000;

export interface User {
  readonly id: string;
  readonly email: string;
}

export interface Health {
  readonly status: string;
  readonly uptime: number;
  readonly checks: Readonly<Record<string, string>>;
}

/** A refusal: what to say, and which fields it is about. */
export class Refused extends Error {
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;

  constructor(status: number, message: string, fields: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

const SAID: Readonly<Record<number, string>> = {
  401: 'Address or password is wrong.',
  409: 'This address is registered already. Log in instead?',
  429: 'Too many attempts. Try again in a few minutes.',
  503: 'The service is catching its breath. Try again in a moment.',
};

/** What a person is told about an answer of this status; 0 for none at all. */
export const message = (status: number): string =>
  status === 0
    ? 'No connection. Check your network and try again.'
    : (SAID[status] ?? 'Something went wrong on our side. Try again in a moment.');

async function ask(method: string, path: string, body?: object): Promise<{ status: number; data: unknown }> {
  const init: RequestInit = { method, headers: { accept: 'application/json' }, signal: AbortSignal.timeout(WAIT_MS) };
  if (body) Object.assign(init, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  try {
    const response = await fetch(path, init);
    return { status: response.status, data: await response.json().catch(() => ({})) };
  } catch {
    doubt();
    throw new Refused(0, message(0));
  }
}

async function expectOk(method: string, path: string, body?: object): Promise<unknown> {
  const { status, data } = await ask(method, path, body);
  if (status < 400) return data;
  const { fields } = data as { fields?: Record<string, string> };
  throw new Refused(status, status === 400 ? 'Please check the marked fields.' : message(status), fields);
}

export const register = (email: string, password: string) => expectOk('POST', '/api/register', { email, password });

export const login = async (email: string, password: string) =>
  ((await expectOk('POST', '/api/login', { email, password })) as { user: User }).user;

export const logout = () => expectOk('POST', '/api/logout');

/** Whoever is logged in; undefined for nobody. */
export async function profile(): Promise<User | undefined> {
  const { status, data } = await ask('GET', '/api/profile');
  if (status === 401) return undefined;
  if (status >= 400) throw new Refused(status, message(status));
  return (data as { user: User }).user;
}

/** The system's own word, also when it says that it is unwell. */
export async function health(): Promise<Health> {
  const { status, data } = await ask('GET', '/health');
  if (!(data as Health).checks) throw new Refused(status, message(status));
  return data as Health;
}

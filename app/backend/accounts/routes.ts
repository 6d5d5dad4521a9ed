/** Registering, logging in and out, the profile, and the same by token. Each route parses, asks, answers. */
import type { FastifyInstance } from 'fastify';
import type { Outbox } from '../jobs/outbox';
import type { Business } from '../metrics/business';
import type { Sessions } from '../redis/sessions';
import type { Passwords } from './passwords';
import type { Tokens } from './tokens';
import type { Users } from './users';
import { COOKIE, type Visitors } from './visitor';

const email = { type: 'string', format: 'email', maxLength: 254 };
const body = (password: object) => ({
  body: {
    type: 'object',
    required: ['email', 'password'],
    additionalProperties: false,
    properties: { email, password },
  },
});
const MOST = { type: 'string', maxLength: 200 };
const newCredentials = body({ ...MOST, minLength: 8 });
/** What is too short to be a password is a wrong one: 401, not 400. */
const credentials = body(MOST);

interface Credentials {
  readonly Body: { readonly email: string; readonly password: string };
}

export interface AccountParts {
  readonly users: Users;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly visitors: Visitors;
  readonly business: Business;
  readonly outbox: Outbox;
}

const WRONG = { error: 'Address or password is wrong.' };
const NOBODY = { error: 'Not logged in.' };

export function accounts(app: FastifyInstance, parts: AccountParts): void {
  const { users, passwords, sessions, tokens, visitors, business, outbox } = parts;

  /** The user of that address, if the password is hers. */
  const known = async ({ email, password }: Credentials['Body']) => {
    const found = await users.withPassword(email.toLowerCase());
    const right = await passwords.match(password, found?.passwordHash);
    return right && found ? { id: found.id, email: found.email } : undefined;
  };

  app.post<Credentials>('/api/register', { schema: newCredentials }, async (request, reply) => {
    const { email, password } = request.body;
    const user = await users.add(email.toLowerCase(), await passwords.hashed(password), request.id);
    if (!user) return reply.code(409).send({ error: 'This address is registered already.' });
    outbox.nudge();
    business.signedUp();
    return reply.code(201).send({ user });
  });

  app.post<Credentials>('/api/login', { schema: credentials }, async (request, reply) => {
    const user = await known(request.body);
    if (!user) return reply.code(401).send(WRONG);
    const before = visitors.sessionId(request);
    visitors.give(request, reply, await sessions.create(user));
    if (before) await sessions.destroy(before); // a stolen or planted id ends here
    business.active(user);
    return { user };
  });

  app.get('/api/profile', async (request, reply) => {
    const user = await visitors.bySession(request);
    if (!user) return reply.code(401).send(NOBODY);
    visitors.give(request, reply, visitors.sessionId(request) ?? '');
    business.active(user);
    return { user };
  });

  app.post('/api/logout', async (request, reply) => {
    const id = visitors.sessionId(request);
    if (id) await sessions.destroy(id);
    return reply.clearCookie(COOKIE, { path: '/' }).code(204).send();
  });

  app.post<Credentials>('/api/token', { schema: credentials }, async (request, reply) => {
    const user = await known(request.body);
    if (!user) return reply.code(401).send(WRONG);
    business.active(user);
    return { token: await tokens.issue(user) };
  });

  app.get('/api/token/profile', async (request, reply) => {
    const token = await visitors.byToken(request);
    if (!token) return reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'The token is not valid.' });
    return { user: token.user };
  });

  app.post('/api/token/revoke', async (request, reply) => {
    const token = await visitors.byToken(request);
    if (!token) return reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'The token is not valid.' });
    await tokens.revoke(token);
    return reply.code(204).send();
  });
}

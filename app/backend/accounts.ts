/** Registering, logging in and out, and the profile. Each route parses, asks, answers. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hashed, matches } from './passwords';
import { SESSION_SECONDS, type Session, type Sessions } from './sessions';
import type { Users } from './users';

const COOKIE = 'sid';

const credentials = {
  body: {
    type: 'object',
    required: ['email', 'password'],
    additionalProperties: false,
    properties: {
      email: { type: 'string', format: 'email', maxLength: 254 },
      password: { type: 'string', minLength: 8, maxLength: 200 },
    },
  },
} as const;

interface Credentials {
  readonly Body: { readonly email: string; readonly password: string };
}

export function accounts(app: FastifyInstance, users: Users, sessions: Sessions): void {
  const idOf = (request: FastifyRequest): string | undefined => {
    const signed = request.cookies[COOKIE];
    const read = signed ? request.unsignCookie(signed) : undefined;
    return read?.valid ? read.value : undefined;
  };
  const give = (request: FastifyRequest, reply: FastifyReply, id: string) =>
    reply.setCookie(COOKIE, id, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      signed: true,
      secure: request.protocol === 'https',
      maxAge: SESSION_SECONDS,
    });
  const session = async (request: FastifyRequest): Promise<Session | undefined> => {
    const id = idOf(request);
    return id ? sessions.read(id) : undefined;
  };

  app.post<Credentials>('/api/register', { schema: credentials }, async (request, reply) => {
    const user = await users.add(request.body.email.toLowerCase(), await hashed(request.body.password));
    if (!user) return reply.code(409).send({ error: 'This address is registered already.' });
    return reply.code(201).send({ user });
  });

  app.post<Credentials>('/api/login', { schema: credentials }, async (request, reply) => {
    const user = await users.withPassword(request.body.email.toLowerCase());
    if (!(await matches(request.body.password, user?.passwordHash)) || !user) {
      return reply.code(401).send({ error: 'Address or password is wrong.' });
    }
    const before = idOf(request);
    give(request, reply, await sessions.create({ userId: user.id }));
    if (before) await sessions.destroy(before); // a stolen or planted id ends here
    return { user: { id: user.id, email: user.email } };
  });

  app.get('/api/profile', async (request, reply) => {
    const found = await session(request);
    const user = found && (await users.byId(found.userId));
    if (!user) return reply.code(401).send({ error: 'Not logged in.' });
    give(request, reply, idOf(request) ?? '');
    return { user };
  });

  app.post('/api/logout', async (request, reply) => {
    const id = idOf(request);
    if (id) await sessions.destroy(id);
    return reply.clearCookie(COOKIE, { path: '/' }).code(204).send();
  });
}

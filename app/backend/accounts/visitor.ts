/** Who sends a request: by the session in its signed cookie, or by a token. Knows no route. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_SECONDS, type Sessions } from '../redis/sessions';
import type { Token, Tokens } from './tokens';
import type { User } from './users';

export const COOKIE = 'sid';

export class Visitors {
  readonly #sessions: Sessions;
  readonly #tokens: Tokens;

  constructor(sessions: Sessions, tokens: Tokens) {
    this.#sessions = sessions;
    this.#tokens = tokens;
  }

  /** Id of the session whose cookie carries our signature. */
  sessionId(request: FastifyRequest): string | undefined {
    const signed = request.cookies[COOKIE];
    const read = signed ? request.unsignCookie(signed) : undefined;
    return read?.valid ? read.value : undefined;
  }

  give(request: FastifyRequest, reply: FastifyReply, sessionId: string): void {
    reply.setCookie(COOKIE, sessionId, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      signed: true,
      secure: request.protocol === 'https',
      maxAge: SESSION_SECONDS,
    });
  }

  /** By session alone; undefined for nobody. */
  async bySession(request: FastifyRequest): Promise<User | undefined> {
    const id = this.sessionId(request);
    return id ? this.#sessions.read(id) : undefined;
  }

  /** By token alone; undefined without a valid one. */
  async byToken(request: FastifyRequest): Promise<Token | undefined> {
    const [, text] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.authorization ?? '') ?? [];
    return text ? this.#tokens.read(text) : undefined;
  }

  /** By whichever the request carries. */
  async user(request: FastifyRequest): Promise<User | undefined> {
    return request.headers.authorization === undefined ? this.bySession(request) : (await this.byToken(request))?.user;
  }
}

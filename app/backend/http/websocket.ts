/** `/ws`: open to anyone within limits, tied to the session when there is one. Answers `ping` with `pong`; leaves with 1012. */
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gauge } from 'prom-client';
import type { WebSocket } from 'ws';
import type { Visitors } from '../accounts/visitor';
import { Unavailable } from './errors';
import { fromElsewhere } from './foreign';
import { clientOf } from './rate-limit';

const MOST_SOCKETS = 1000;
/** Of one client: many people share an address, but not so many in one process. */
const MOST_OF_ONE = 100;
const MOST_BYTES = 4096;
/** Messages of one socket in a second. */
const MOST_MESSAGES = 20;
const HEARTBEAT_MS = 30_000;

/** Codes of RFC 6455 and its registry. */
const POLICY_VIOLATION = 1008;
const SERVICE_RESTART = 1012;

interface Open {
  readonly request: FastifyRequest;
  readonly client: string;
  readonly loggedIn: boolean;
  alive: boolean;
  /** In this second. */
  messages: number;
}

export class Sockets {
  readonly #open = new Map<WebSocket, Open>();
  readonly #visitors: Visitors;
  readonly #allowed: readonly string[];
  readonly #gauge: Gauge;
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(visitors: Visitors, allowedOrigins: readonly string[], gauge: Gauge) {
    this.#visitors = visitors;
    this.#allowed = allowedOrigins;
    this.#gauge = gauge;
    this.#timers = [
      setInterval(() => this.#beat(), HEARTBEAT_MS).unref(),
      setInterval(() => {
        for (const open of this.#open.values()) open.messages = 0;
      }, 1000).unref(),
    ];
  }

  async serve(app: FastifyInstance): Promise<void> {
    await app.register(websocket, { options: { maxPayload: MOST_BYTES }, preClose: (done) => done() });
    const users = new WeakMap<FastifyRequest, boolean>();
    app.get(
      '/ws',
      {
        websocket: true,
        preValidation: async (request, reply) => {
          if (fromElsewhere(request, this.#allowed)) return reply.code(403).send({ error: 'Not from another site.' });
          this.#refuseTooMany(clientOf(request));
          users.set(request, (await this.#visitors.bySession(request)) !== undefined);
        },
      },
      (socket, request) => this.#accept(socket, request, users.get(request) ?? false),
    );
  }

  /** Tells everybody to come back: to another process, or to the next one. */
  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#open.keys()) socket.close(SERVICE_RESTART, 'restarting');
  }

  #refuseTooMany(client: string): void {
    const same = [...this.#open.values()].filter((open) => open.client === client).length;
    if (this.#open.size >= MOST_SOCKETS || same >= MOST_OF_ONE) throw new Unavailable('too many sockets');
  }

  #accept(socket: WebSocket, request: FastifyRequest, loggedIn: boolean): void {
    const open: Open = { request, client: clientOf(request), loggedIn, alive: true, messages: 0 };
    this.#open.set(socket, open);
    this.#gauge.inc();
    socket.on('close', () => {
      this.#open.delete(socket);
      this.#gauge.dec();
    });
    socket.on('error', () => socket.terminate());
    socket.on('pong', () => {
      open.alive = true;
    });
    socket.on('message', (data, binary) => {
      open.messages += 1;
      if (open.messages > MOST_MESSAGES) socket.close(POLICY_VIOLATION, 'too many messages');
      else if (!binary && data.toString() === 'ping') socket.send('pong');
    });
  }

  /** Ends what no longer answers, and what belonged to a session that has ended. */
  #beat(): void {
    for (const [socket, open] of this.#open) {
      if (!open.alive) {
        socket.terminate();
        continue;
      }
      open.alive = false;
      socket.ping();
      if (!open.loggedIn) continue;
      this.#visitors.bySession(open.request).then(
        (user) => user ?? socket.close(POLICY_VIOLATION, 'logged out'),
        () => undefined, // nobody can say now: asked again at the next beat
      );
    }
  }
}

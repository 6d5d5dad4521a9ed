/** How a process that leaves looks from in front: no longer ready, its connections closing, at last shunned. Closes nothing itself: server.ts does. */
import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** So long it waits for a request to hang up on. Who asks less often hardly asks in the moment of the close. */
const LISTENS_MS = 500;
/** What NGINX had sent before it knew arrives by then. NGINX shuns us for a second (`fail_timeout`). */
const SETTLES_MS = 50;

export class Drain {
  #begun = false;
  #hangUp: (() => void) | undefined;

  readonly begun = (): boolean => this.#begun;

  /** @param below on which paths a GET may be hung up on: those that NGINX asks another process for. @default /api/ */
  serve(app: FastifyInstance, below = '/api/'): void {
    app.addHook('onRequest', async ({ method, url, raw }, reply) => {
      if (!this.#hangUp || method !== 'GET' || !url.startsWith(below)) return;
      this.#hangUp();
      this.#hangUp = undefined;
      reply.hijack();
      raw.socket.destroy();
    });
    app.addHook('onSend', async (_, reply) => {
      if (this.#begun) reply.header('connection', 'close'); // decided when answering: a request may be older than the drain
    });
  }

  /**
   * Resolves when the listener may close: after so many milliseconds, and when one GET was not answered, which NGINX asks of
   * another process. A connection that the kernel holds when the listener closes is reset, and a POST on it would be lost:
   * measured, one such in ten closes at 250 connections a second.
   */
  async run(ms: number): Promise<void> {
    this.#begun = true;
    await wait(ms);
    const hungUp = new Promise<void>((resolve) => {
      this.#hangUp = resolve;
    });
    await Promise.race([hungUp, wait(LISTENS_MS)]);
    await wait(SETTLES_MS);
  }
}

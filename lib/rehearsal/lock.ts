/** One local system at a time in a clone: whoever listens on its socket. A killed one leaves a socket where nobody answers. */
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError } from '../config/check';
import { guard } from './guard';

const ANSWER_MS = 2000;
/** The guard of a killed one needs 6 s at most, then its socket is gone. */
const CLEANING_MS = 8000;

const GONE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT']);
const SILENT = 'it gives no answer';

/** What the holder says of itself; nothing when nobody listens. */
async function holder(socket: string): Promise<string | undefined> {
  const asked = connect(socket);
  try {
    return await Promise.race([text(asked), wait(ANSWER_MS, SILENT, { ref: false })]);
  } catch (error) {
    return GONE.has((error as NodeJS.ErrnoException).code ?? '') ? undefined : SILENT;
  } finally {
    asked.destroy();
  }
}

/** Takes the lock until `guard.end()`. Throws a ConfigError with what the holder `says` of itself; waits for what a killed one left to go. */
export async function lock(socket: string, says: () => string, cleaningMs = CLEANING_MS): Promise<void> {
  mkdirSync(dirname(socket), { recursive: true });
  for (const stale = Date.now() + cleaningMs; ; ) {
    const server = createServer((asked) => asked.on('error', () => undefined).end(says())).listen(socket);
    try {
      await once(server, 'listening');
      server.unref();
      guard.remove(resolve(socket));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
    const held = await holder(socket);
    if (held !== undefined) throw new ConfigError(`A local system runs already in this folder: ${held}.`);
    if (existsSync(socket) && Date.now() > stale) rmSync(socket, { force: true });
    await wait(100);
  }
}

/** A way to a server that can be made slow: every byte towards it waits as long as is said. Answers come back at once. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Address } from '../../lib/rehearsal/servers';

export interface Relay {
  readonly host: string;
  /** Milliseconds from now on. */
  delay(ms: number): void;
  end(): void;
}

/** Listens on `host`, at the server's own port. */
export async function relayTo({ host: to, port }: Address, host: string): Promise<Relay> {
  let late = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const onward = connect(port, to);
    for (const socket of [client, onward]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      socket.on('error', () => socket.destroy());
    }
    let sent = Promise.resolve(); // in order, also when the delay ends: timers alone overtake each other
    client.on('data', (bytes) => {
      const due = performance.now() + late;
      sent = sent.then(async () => {
        await wait(Math.max(0, due - performance.now()));
        if (onward.writable) onward.write(bytes);
      });
    });
    client.on('close', () => onward.destroy());
    onward.pipe(client);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    host,
    delay(ms) {
      late = ms;
    },
    end() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

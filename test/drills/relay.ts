/** A way to a server that can be made slow: every byte towards it waits as long as is said. Answers come back at once. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
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
    client.on('data', (bytes) => setTimeout(() => onward.writable && onward.write(bytes), late));
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

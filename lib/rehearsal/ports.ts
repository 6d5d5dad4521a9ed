/** Ports of this machine: which are free now. Holds none of them. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

async function listener(port: number) {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Different ports that are free now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listener(0)));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

export const freePort = async () => (await freePorts(1))[0] ?? 0;

/** Why this process can't listen there: EADDRINUSE, EACCES; nothing when it can. */
export async function refusedPort(port: number): Promise<string | undefined> {
  try {
    (await listener(port)).close();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

/** Names of this machine in a URL, and where they lead. Browsers and curl know *.localhost; Node's resolver asks the network for it. */
import type { LookupFunction } from 'node:net';

/** Whether a URL's hostname can only be this machine. */
export const isLoopback = (hostname: string) => /^((.+\.)?localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

/** For a client's `lookup`: this machine, whatever the name. */
export const HERE: LookupFunction = (_name, { all }, found) =>
  all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);

/** Requests of the probe: by the address that DNS gave, under the site's name, with certificates checked. Follows no redirect. */
import { Resolver } from 'node:dns/promises';
import { Agent, request } from 'node:https';
import { connect } from 'node:tls';
import type { Answer } from './answers';

/** A page that is longer isn't read to its end. */
const MOST_BYTES = 1_000_000;
const AGENT = 'holdfast-uptime-probe'; // firewalls refuse clients without a name

export interface Site {
  readonly name: string;
  /** @default 443 */
  readonly port?: number;
  /** Name servers as `address:port`. @default the system's */
  readonly servers?: readonly string[];
  /** Authority of its certificate, in PEM. @default those of Node */
  readonly ca?: string;
}

/** Addresses; rejects when there are none. */
export async function resolve({ name, servers }: Site): Promise<string> {
  const resolver = new Resolver({ timeout: 1500, tries: 2 });
  if (servers) resolver.setServers(servers);
  const [address] = await resolver.resolve4(name);
  if (!address) throw new Error(`${name} has no address`);
  return address;
}

/** The certificate as it is, valid or not: when it ends, and why it isn't accepted. */
export function certificate({ name, port = 443, ca }: Site, address: string, signal: AbortSignal) {
  return new Promise<{ readonly end: string; readonly fault: string | undefined }>((found, failed) => {
    const socket = connect({ host: address, port, servername: name, ca, rejectUnauthorized: false }, () => {
      const { valid_to: end } = socket.getPeerCertificate();
      found({ end, fault: socket.authorized ? undefined : `${socket.authorizationError}` });
      socket.destroy();
    });
    socket.once('error', failed);
    signal.addEventListener('abort', () => socket.destroy(new Error('no answer in time')), { once: true });
  });
}

export interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly json?: unknown;
  readonly cookies?: readonly string[];
}

/** One client of the site; `close` ends its connections. */
export function client({ name, port = 443, ca }: Site, address: string, signal: AbortSignal) {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const ask = ({ method = 'GET', path, json, cookies = [] }: Asked) =>
    new Promise<Answer>((answered, failed) => {
      const body = json === undefined ? undefined : JSON.stringify(json);
      const sent = request(
        {
          host: address,
          port,
          servername: name,
          ca,
          agent,
          signal,
          method,
          path,
          headers: {
            host: name,
            'user-agent': AGENT,
            ...(body && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
            ...(cookies.length > 0 && { cookie: cookies.join('; ') }),
          },
        },
        (response) => {
          let text = '';
          const end = () => {
            const { statusCode = 0, headers } = response;
            const [type = ''] = (headers['content-type'] ?? '').split(';');
            const set = (headers['set-cookie'] ?? []).map((each) => each.split(';')[0] ?? '');
            answered({ status: statusCode, type: type.trim(), body: text, cookies: set });
          };
          response.setEncoding('utf8');
          response.on('data', (part: string) => {
            text += part;
            if (text.length <= MOST_BYTES) return;
            end();
            response.destroy();
          });
          response.on('end', end);
          response.on('error', failed);
        },
      );
      sent.on('error', failed);
      sent.end(body);
    });
  return { ask, close: () => agent.destroy() };
}

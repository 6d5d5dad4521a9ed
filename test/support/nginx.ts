/** The deployed nginx.conf in a real NGINX, before backends that a test writes itself. Not the local system of `npm start`. */
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { freePort } from '../../lib/rehearsal/ports';
import { startNginx } from '../../lib/rehearsal/servers';
import { tools } from '../../lib/rehearsal/tools';

export const SECRET = 's'.repeat(48);
export const HOST = 'www.example.com';

/** As on a server behind a public balancer. */
const BEHIND_BALANCER = {
  'hosts.conf': `default 0;\n${HOST} 1;\n`,
  'origin.conf': `default balancer;\n"${SECRET}" cdn;\n`,
};

/** A site with a page, an asset worth compressing, and what the public must not see. */
export const SITE: Readonly<Record<string, string>> = {
  'index.html': '<title>Site</title>',
  'health.txt': 'ok',
  'assets/app-1a2b.js': `export {};${'// '.repeat(1000)}`,
  'assets/app-1a2b.js.map': '{}',
  '.releases/current.json': '{}',
  '.env': 'SECRET=1',
  '.well-known/security.txt': 'Contact: mailto:security@example.com',
};

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they were sent: shows what came twice. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

export interface Front {
  readonly port: number;
  /** The prefix of `nginx -p`. */
  readonly folder: string;
  ask(path: string, asked?: Asked): Promise<Answer>;
  /** The same on another port it listens on. */
  at(port: number): Pick<Front, 'ask'>;
  /** Sends the bytes as they are; returns all that comes until NGINX closes. */
  raw(bytes: string): Promise<string>;
  /** Lines of the access log. */
  logged(): readonly Readonly<Record<string, unknown>>[];
  stop(): Promise<void>;
}

export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** A backend on a free port, or on one that was free. */
export async function listen(listener: RequestListener, port = 0): Promise<Server> {
  const server = createServer(listener);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

export const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** Answers with what it was asked, and with headers that NGINX must replace or take away. */
export const echo: RequestListener = ({ method, url, headers }, answer) => {
  answer.setHeader('x-frame-options', 'DENY');
  answer.setHeader('x-powered-by', 'Express');
  answer.setHeader('x-request-id', 'of-the-backend');
  answer.setHeader('content-type', 'application/json');
  answer.end(JSON.stringify({ method, url, headers }));
};

export async function end(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}

const exchange = (port: number, path: string, { method, headers, body }: Asked) =>
  new Promise<Answer>((done, failed) => {
    const asked = request(
      { host: '127.0.0.1', port, path, method, headers: { host: HOST, ...headers } as Record<string, string> },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('error', failed);
        answer.on('end', () => {
          const { statusCode: status, headers: got, rawHeaders } = answer;
          done({ status, headers: got, rawHeaders, body: Buffer.concat(parts).toString('latin1') });
        });
      },
    );
    asked.on('error', failed);
    asked.end(body);
  });

const send = (port: number, bytes: string) =>
  new Promise<string>((done) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.on('data', (part) => {
      answer += part.toString('latin1');
    });
    socket.on('error', () => undefined); // a reset ends it too
    socket.on('close', () => done(answer));
  });

/** @param name of the test: its folder below .holdfast @param files of the machine, given the port that is asked */
export async function startFront(
  name: string,
  backendPorts: readonly number[],
  files: (port: number) => Readonly<Record<string, string>> = () => ({}),
): Promise<Front> {
  const state = resolve('.holdfast/integration', name);
  rmSync(state, { recursive: true, force: true });
  write(join(state, 'release/site'), SITE);
  const port = await freePort();
  const folder = join(state, 'nginx');
  const nginx = await startNginx(await tools({ say: () => undefined }), {
    port,
    folder,
    logFile: join(state, 'nginx.log'),
    backendPorts,
    release: join(state, 'release'),
    files: { ...BEHIND_BALANCER, ...files(port) },
  });
  return {
    port,
    folder,
    ask: (path, asked = {}) => exchange(port, path, asked),
    at: (other) => ({ ask: (path, asked = {}) => exchange(other, path, asked) }),
    raw: (bytes) => send(port, bytes),
    logged: () =>
      readFileSync(join(folder, 'logs/access.log'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    stop: () => nginx.stop(),
  };
}

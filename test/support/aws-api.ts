/** A server of the test in the place of AWS's APIs, for one test file: every client of the SDK asks it. What it answers is the test's. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };

export function insteadOfAws(answer: RequestListener): void {
  const server = createServer(answer);
  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    Object.assign(process.env, CREDENTIALS, { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections(); // the SDK keeps them
    for (const name of [...Object.keys(CREDENTIALS), 'AWS_ENDPOINT_URL']) delete process.env[name];
  });
}

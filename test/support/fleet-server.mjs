/** A server of an emulated group that costs little: answers with its id, and does what its user data say. */
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

const { HOLDFAST_INSTANCE_ID: id, HOLDFAST_PORT: port, HOLDFAST_USER_DATA: said = '' } = process.env;
const { health = 200, drainMs = 0, dies = false, version = '', slowMs = 0 } = JSON.parse(said || '{}');

if (dies) process.exit(3);
let status = health;
const server = createServer(async ({ url }, answer) => {
  if (url === '/break') status = 500;
  if (url === '/slow') await wait(slowMs);
  const code = { '/health': status, '/fail': 500 }[url] ?? 200;
  answer.writeHead(code, { 'x-version': version, 'x-pid': process.pid }).end(id);
});
server.listen(Number(port), '127.0.0.1');
process.on('SIGTERM', async () => {
  await wait(drainMs);
  process.exit(0);
});

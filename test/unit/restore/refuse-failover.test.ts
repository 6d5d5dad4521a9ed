/** When a restore keeps its hands off an environment that is, or will be, in its second region. Step Functions is a server of the test that has no such machine. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refuseFailover } from '../../../lib/commands/restore/refuse-failover';
import { environment } from '../../../lib/config';
import { DATABASE, DatabaseWorld, primary, standby } from '../../support/database-world';

const ENVIRONMENT = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
const server = createServer((_, answer) => {
  answer.writeHead(400, { 'x-amzn-errortype': 'StateMachineDoesNotExist' }).end('{}');
});
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  for (const name of [...Object.keys(ENVIRONMENT), 'AWS_ENDPOINT_URL']) delete process.env[name];
});

let world: DatabaseWorld;
beforeEach(() => {
  world = new DatabaseWorld();
});
const refuse = (fenced: boolean) =>
  refuseFailover(environment('prod'), '123456789012', DATABASE, world, async () => fenced);

it('lets a restore go on while the second region follows', async () => {
  await expect(refuse(true)).resolves.toBeUndefined();
});

describe('a replica in the second region that stands alone', () => {
  it('is only an orphan where the primary is gone and no visitor is led there', async () => {
    world.loses();
    await expect(refuse(false)).resolves.toBeUndefined();
  });

  it('is the one that writes where visitors are led there: refused', async () => {
    world.loses();
    await expect(refuse(true)).rejects.toThrow(
      `${standby?.id}: expected a replica of ${primary.id}, got one that writes`,
    );
  });

  it('is the one that writes where the primary stands: refused', async () => {
    Object.assign(world.at(standby ?? primary) ?? {}, { ReadReplicaSourceDBInstanceIdentifier: undefined });
    await expect(refuse(false)).rejects.toThrow('got one that writes');
  });
});

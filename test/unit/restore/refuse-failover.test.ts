/** When a restore keeps its hands off an environment that is, or will be, in its second region. Step Functions is a server of the test that has no such machine. */
import { refuseFailover } from '../../../lib/commands/restore/refuse-failover';
import { environment } from '../../../lib/config';
import { insteadOfAws } from '../../support/aws-api';
import { DATABASE, DatabaseWorld, primary, standby } from '../../support/database-world';

insteadOfAws((_, answer) => {
  answer.writeHead(400, { 'x-amzn-errortype': 'StateMachineDoesNotExist' }).end('{}');
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

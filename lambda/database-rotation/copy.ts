/** The second region's copy of the database. Once it writes, the secret that both regions share is for its users, and the database here must not be given other ones. */
import { AwsError, type Caller, query } from '../aws';

const VERSION = '2014-10-31';

/** @param caller of the copy's region @returns throws unless the copy follows, or there is none of that name */
export const copyFollows = (caller: Caller, identifier: string) => async (): Promise<void> => {
  const form = { Action: 'DescribeDBInstances', Version: VERSION, DBInstanceIdentifier: identifier };
  const answer = await query(caller, 'rds', form).catch((error) => {
    if (error instanceof AwsError && error.code === 'DBInstanceNotFound') return undefined;
    throw error;
  });
  if (answer !== undefined && !/<ReadReplicaSourceDBInstanceIdentifier>[^<]/.test(answer))
    throw new Error(
      `${identifier}: expected it to follow the database of this region, got one in ${caller.region} that writes; its users' passwords stay until the way back`,
    );
};

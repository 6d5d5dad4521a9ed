/** Passwords for RDS and ElastiCache that the function's role signs, without a request: no secret to keep, none to rotate. */
import { sign } from 'aws4';

/** Of credentials as Lambda gives them. */
interface Signer {
  readonly region: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Both services take a token for 15 minutes. */
const EXPIRES_S = 900;

function token(service: string, host: string, query: Readonly<Record<string, string>>, signer: Signer): string {
  const { region, variables } = signer;
  const search = new URLSearchParams({ ...query, 'X-Amz-Expires': `${EXPIRES_S}` });
  const signed = sign(
    { service, region, host, path: `/?${search}`, method: 'GET', signQuery: true },
    {
      accessKeyId: variables.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: variables.AWS_SECRET_ACCESS_KEY ?? '',
      ...(variables.AWS_SESSION_TOKEN && { sessionToken: variables.AWS_SESSION_TOKEN }),
    },
  );
  return `${host}${signed.path}`;
}

/** @param address `host:port`, as RDS names the instance. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html */
export const databaseToken = (address: string, user: string, signer: Signer): string =>
  token('rds-db', address, { Action: 'connect', DBUser: user }, signer);

/** @param cache the replication group's name. https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html */
export const cacheToken = (cache: string, user: string, signer: Signer): string =>
  token('elasticache', cache, { Action: 'connect', User: user }, signer);

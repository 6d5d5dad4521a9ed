/** Tokens against those that botocore 1.43.106 presigned of the same request, credentials and second. */
import { cacheToken, databaseToken } from '../../../../lambda/probe/token';

const signer = {
  region: 'eu-west-1',
  variables: {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', // AWS's own example
    AWS_SESSION_TOKEN: 'session/token+1==',
  },
};

/** The parts in any order: SigV4 sorts them before it signs. */
const parts = (token: string) => {
  const [host, query = ''] = token.split('/?');
  return { host, ...Object.fromEntries(query.split('&').map((each) => each.split('='))) };
};
const common = (service: string) => ({
  Action: 'connect',
  'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
  'X-Amz-Credential': `AKIDEXAMPLE%2F20261128%2Feu-west-1%2F${service}%2Faws4_request`,
  'X-Amz-Date': '20261128T120000Z',
  'X-Amz-Expires': '900',
  'X-Amz-SignedHeaders': 'host',
  'X-Amz-Security-Token': 'session%2Ftoken%2B1%3D%3D',
});

beforeAll(() => void jest.useFakeTimers({ now: Date.parse('2026-11-28T12:00:00Z') }));
afterAll(() => void jest.useRealTimers());

it('is what RDS expects as the password of a user of IAM', () => {
  expect(parts(databaseToken('db.example.eu-west-1.rds.amazonaws.com:15432', 'probe', signer))).toEqual({
    host: 'db.example.eu-west-1.rds.amazonaws.com:15432',
    ...common('rds-db'),
    DBUser: 'probe',
    'X-Amz-Signature': '21863a37089ce45ce28376adcdf790526cf73f1f51c0ebed2f808996101cd631', // pragma: allowlist secret
  });
});

it('is what ElastiCache expects as the password of a user of IAM', () => {
  expect(parts(cacheToken('holdfast-sessions', 'holdfast-prod-data-probe', signer))).toEqual({
    host: 'holdfast-sessions',
    ...common('elasticache'),
    User: 'holdfast-prod-data-probe',
    'X-Amz-Signature': '537cf5414b1fa1487627ada59bfe82b69f4cdc306824a53da6ed606e50b4e303', // pragma: allowlist secret
  });
});

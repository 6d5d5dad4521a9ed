/** How the failover reaches a region that is well, closed, or half gone: by HTTP, at a server that plays it. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { act } from '../../../../lambda/failover/act';
import { answers } from '../../../../lambda/failover/observe';
import { answer } from '../../../../lambda/maintenance-page/answer';
import { PLACES } from '../../../support/failover-places';

let server: Server | undefined;
const before = { ...process.env };
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  process.env = { ...before };
});

async function region(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a region answers', () => {
  it.each([
    ['with healthy servers', true, 200, '{"status":"healthy"}'],
    ['while it is closed for maintenance', true, 200, answer('/health').body],
    ['not with servers that are ill', false, 200, '{"status":"unhealthy"}'],
    ['not with an error', false, 503, '{"status":"healthy"}'],
  ])('%s', async (_, expected, status, body) => {
    expect(await answers(await region((_request, response) => response.writeHead(status).end(body)))).toBe(expected);
  });
});

const INSTANCES = `<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>
<DBInstanceIdentifier>data</DBInstanceIdentifier><DBParameterGroups><DBParameterGroup>
<DBParameterGroupName>parameters</DBParameterGroupName></DBParameterGroup></DBParameterGroups>
</DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>`;

describe('the first database is asked to be read-only', () => {
  const asked = async (status: number, code: string) => {
    const bodies: string[] = [];
    const url = await region(async (request, response) => {
      const body = await text(request);
      bodies.push(body);
      if (body.includes('DescribeDBInstances')) response.end(INSTANCES);
      else response.writeHead(status).end(`<ErrorResponse><Error><Code>${code}</Code></Error></ErrorResponse>`);
    });
    Object.assign(process.env, { AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
    const first = { ...PLACES.first, region: `eu-test-${status}` }; // clients are kept by region
    return { done: act({ kind: 'read-only', side: 'first', on: true }, { ...PLACES, first }), bodies };
  };

  it('and a region whose RDS only tells, and changes nothing, holds nothing up', async () => {
    const { done, bodies } = await asked(503, 'ServiceUnavailable');
    await expect(done).resolves.toBeUndefined();
    expect(bodies.at(-1)).toContain('ParameterName=default_transaction_read_only');
  });

  it('and a refusal is told', async () => {
    const { done } = await asked(403, 'AccessDenied');
    await expect(done).rejects.toThrow();
  });
});

it('a replica of the other region is asked for by ARN, with the key and settings of what it is made like', async () => {
  const bodies: URLSearchParams[] = [];
  const instance = (name: string, place: string) => `<DBInstance><DBInstanceIdentifier>${name}</DBInstanceIdentifier>
    <DBInstanceArn>arn:aws:rds:${place}:1:db:${name}</DBInstanceArn><KmsKeyId>key-of-${place}</KmsKeyId>
    <DBInstanceClass>db.r7g.large</DBInstanceClass></DBInstance>`;
  const all = `<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances>
    ${instance('data-before', 'eu-west-1')}${instance('away', 'eu-central-1')}</DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>`;
  const url = await region(async (request, response) => {
    const body = await text(request);
    bodies.push(new URLSearchParams(body));
    response.end(body.includes('DescribeDBInstances') ? all : '<CreateDBInstanceReadReplicaResponse/>');
  });
  Object.assign(process.env, { AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
  await act({ kind: 'create', side: 'first', name: 'data', of: 'second', like: 'data-before' }, PLACES);
  expect(Object.fromEntries(bodies.at(-1) ?? [])).toMatchObject({
    Action: 'CreateDBInstanceReadReplica',
    DBInstanceIdentifier: 'data',
    SourceDBInstanceIdentifier: 'arn:aws:rds:eu-central-1:1:db:away',
    KmsKeyId: 'key-of-eu-west-1',
    DBInstanceClass: 'db.r7g.large',
    PreSignedUrl: expect.stringContaining('eu-central-1'),
  });
});

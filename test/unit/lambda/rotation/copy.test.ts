/** Whether the database's password may change, by what RDS in the second region says of the copy there. RDS is a server of the test. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { copyFollows } from '../../../../lambda/database-rotation/copy';

let answer = { status: 200, body: '' };
let asked = '';
const server = createServer(async (request, response) => {
  asked = '';
  for await (const piece of request) asked += piece;
  response.writeHead(answer.status).end(answer.body);
});
let check: () => Promise<void>;
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = () => ({ accessKeyId: 'x', secretAccessKey: 'x' });
  check = copyFollows({ region: 'eu-central-1', endpoint, credentials }, 'copy');
});
afterAll(() => server.close());

const instance = (source: string) =>
  `<DBInstance><DBInstanceIdentifier>copy</DBInstanceIdentifier>${source}</DBInstance>`;
const SOURCE = 'ReadReplicaSourceDBInstanceIdentifier';

it('may while the copy follows', async () => {
  answer = { status: 200, body: instance(`<${SOURCE}>arn:aws:rds:eu-west-1:1:db:first</${SOURCE}>`) };
  await expect(check()).resolves.toBeUndefined();
  expect(Object.fromEntries(new URLSearchParams(asked))).toMatchObject({
    Action: 'DescribeDBInstances',
    DBInstanceIdentifier: 'copy',
  });
});

it('may without a copy of that name, which is put aside for an upgrade', async () => {
  answer = { status: 404, body: '<Error><Code>DBInstanceNotFound</Code></Error>' };
  await expect(check()).resolves.toBeUndefined();
});

it.each(['', `<${SOURCE}></${SOURCE}>`])('may not once the copy writes (%j)', async (source) => {
  answer = { status: 200, body: instance(source) };
  await expect(check()).rejects.toThrow(
    'copy: expected it to follow the database of this region, got one in eu-central-1 that writes',
  );
});

it('may not while nobody says whether it follows', async () => {
  answer = { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' };
  await expect(check()).rejects.toThrow('AccessDenied');
});
